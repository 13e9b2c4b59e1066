//! Tests that use `mock serve` as a container registry, with skopeo as the client.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox, installed};
use crate::serve::Served;

const LIFECYCLE: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":2},"action":{"type":"expire"}}]}"#;

/// A mock server, and the sandbox in which its clients run.
struct Lab {
    sandbox: Sandbox,
    served: Served,
}

impl Lab {
    fn run(&self, program: &str, arguments: &[&str]) -> Run {
        let mut command = Command::new(installed(program));
        self.sandbox.forget_environment(&mut command);
        command.args(arguments).stdin(Stdio::null());
        command.env("AWS_ENDPOINT_URL", self.served.url()).env("AWS_DEFAULT_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "111122223333").env("AWS_SECRET_ACCESS_KEY", "test");
        Run::of(&command.output().expect("the client starts"))
    }

    /// Runs an `aws ecr` command, and returns its output.
    #[track_caller]
    fn ecr(&self, arguments: &[&str]) -> String {
        let all = [&["ecr"][..], arguments].concat();
        self.run("ECS_FOUNDATION_TEST_AWS_CLI", &all).succeeds().stdout.trim().to_owned()
    }

    /// Writes an image to a directory, and returns the digest of its manifest.
    #[track_caller]
    fn image(&self, folder: &str, text: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/image.py");
        let script = script.to_str().expect("a path in UTF-8");
        let run = self.run("ECS_FOUNDATION_TEST_PYTHON", &[script, folder, text]);
        run.succeeds().stdout.trim().to_owned()
    }

    fn skopeo(&self, arguments: &[&str]) -> Run {
        self.run("ECS_FOUNDATION_TEST_SKOPEO", &[&["--insecure-policy"][..], arguments].concat())
    }

    /// Returns the address of an image on the mock server.
    fn at(&self, image: &str) -> String {
        let url = self.served.url();
        format!("docker://{}/{image}", url.strip_prefix("http://").expect("a URL"))
    }

    /// Copies an image from a directory to the server.
    fn push(&self, password: &str, folder: &str, image: &str) -> Run {
        let (source, target) = (format!("oci:{folder}"), self.at(image));
        let login = format!("AWS:{password}");
        self.skopeo(&["copy", "--dest-tls-verify=false", "--dest-creds", &login, &source, &target])
    }

    /// Copies an image from the server to a directory.
    fn pull(&self, password: &str, image: &str, folder: &str) -> Run {
        let (source, target) = (self.at(image), format!("oci:{folder}"));
        let login = format!("AWS:{password}");
        self.skopeo(&["copy", "--src-tls-verify=false", "--src-creds", &login, &source, &target])
    }

    /// Returns the digests and tags of the images in the repository `team/app`.
    #[track_caller]
    fn images(&self) -> Value {
        let query = "sort_by(imageDetails, &imageTags[0])[].[imageDigest, imageTags]";
        let text = self.ecr(&[
            "describe-images",
            "--repository-name",
            "team/app",
            "--query",
            query,
            "--output",
            "json",
        ]);
        serde_json::from_str(&text).expect("JSON")
    }

    fn operations(&self) -> Vec<String> {
        let (_, calls) = self.served.control("GET calls", "");
        let calls = calls.as_array().expect("a list").iter();
        calls.map(|call| call["operation"].as_str().expect("a name").to_owned()).collect()
    }
}

#[test]
#[ignore = "needs skopeo: `cargo xtask clients` installs it on Debian"]
fn skopeo_pushes_and_pulls_images_until_a_lifecycle_policy_expires_them() {
    let sandbox = Sandbox::bare();
    let served = Served::start(&sandbox, "--quiet --clock frozen");
    let lab = Lab { sandbox, served };
    let named = ["--repository-name", "team/app"];
    let password = lab.ecr(&["get-login-password"]);
    let image = lab.image("first", "hello");
    lab.push(&password, "first", "team/app:v1").fails().says(
        "name unknown: The repository with name 'team/app' does not exist in the registry with id '111122223333'",
    );
    lab.ecr(&[&["create-repository"][..], &named[..]].concat());

    lab.push(&password, "first", "team/app:v1").succeeds();
    assert_eq!(lab.images(), json!([[image, ["v1"]]]));
    for operation in ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"] {
        assert!(lab.operations().iter().any(|call| call == operation), "{operation}");
    }
    // The layers already exist, so they are not uploaded again.
    let uploads =
        |lab: &Lab| lab.operations().iter().filter(|call| *call == "UploadLayerPart").count();
    let before = uploads(&lab);
    lab.push(&password, "first", "team/app:v2").succeeds();
    assert_eq!((lab.images(), uploads(&lab)), (json!([[image, ["v1", "v2"]]]), before));

    lab.pull(&password, "team/app:v1", "pulled").succeeds();
    lab.pull(&password, &format!("team/app@{image}"), "again").succeeds();
    let blobs = |folder: &str| {
        let files = std::fs::read_dir(lab.sandbox.file(folder).join("blobs/sha256"));
        let files = files.expect("a directory").map(|file| file.expect("a file").path());
        let mut files: Vec<_> = files
            .map(|path| {
                (path.file_name().map(ToOwned::to_owned), std::fs::read(path).expect("a blob"))
            })
            .collect();
        files.sort();
        files
    };
    assert!(blobs("first") == blobs("pulled") && blobs("first") == blobs("again"));
    assert_eq!(blobs("first").len(), 4);
    let login = format!("AWS:{password}");
    let repository = lab.at("team/app");
    let list = ["list-tags", "--tls-verify=false", "--creds", &login, &repository];
    let tags: Value = serde_json::from_str(&lab.skopeo(&list).succeeds().stdout).expect("JSON");
    assert_eq!(tags["Tags"], json!(["v1", "v2"]));

    lab.ecr(
        &[&["put-image-tag-mutability", "--image-tag-mutability", "IMMUTABLE"][..], &named[..]]
            .concat(),
    );
    let other = lab.image("second", "other");
    lab.push(&password, "second", "team/app:v1").fails().says(
        "tag invalid: The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten because \
         the repository is immutable.",
    );
    lab.push(&password, "second", "team/app:v3").succeeds();
    assert_eq!(lab.images(), json!([[image, ["v1", "v2"]], [other, ["v3"]]]));

    // As time passes, the authorization token expires, and the lifecycle policy deletes the images.
    lab.ecr(
        &[&["put-lifecycle-policy", "--lifecycle-policy-text", LIFECYCLE][..], &named[..]].concat(),
    );
    assert_eq!(lab.served.control("POST clock", r#"{"advance": "11h"}"#).0, 200);
    assert_eq!(lab.images().as_array().expect("a list").len(), 2);
    lab.pull(&password, "team/app:v1", "late").succeeds();
    assert_eq!(lab.served.control("POST clock", r#"{"advance": "72h"}"#).0, 200);
    lab.pull(&password, "team/app:v1", "later")
        .fails()
        .says("denied: Your authorization token has expired. Reauthenticate and try again.");
    assert_eq!(lab.images(), json!([]));
    let password = lab.ecr(&["get-login-password"]);
    lab.pull(&password, "team/app:v1", "later")
        .fails()
        .says("manifest unknown: Requested image not found");
    lab.served.stop("-TERM").succeeds();
}
