//! The parts that all providers have in common.

/// Defines a provider that calls AWS with an SDK client.
macro_rules! provider {
    ($(#[$doc:meta])* $name:ident($client:ty)) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name($client);

        impl $name {
            /// Creates a provider from a client.
            pub fn new(client: $client) -> Self {
                Self(client)
            }

            /// Creates a provider with a new client from `config`.
            pub fn from_config(config: &aws_config::SdkConfig) -> Self {
                Self(<$client>::new(config))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Only the type name is printed, because the client's Debug output contains its
                // whole configuration.
                f.write_str(stringify!($name))
            }
        }
    };
}
pub(crate) use provider;
