//! The format of the policies that ECR returns: the output of Jackson's pretty printer, regardless
//! of the format of the request. <https://github.com/CircleCI-Public/aws-ecr-orb/issues/368> shows
//! an example.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Formats a value as ECR does.
pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Layout { depth: 0, items: false });
    value
        .serialize(&mut serializer)
        .expect("a policy can be serialized, and writing to a Vec cannot fail");
    String::from_utf8(bytes).expect("serde_json writes UTF-8")
}

/// A JSON format that puts each object member on its own line, adds no line breaks between the
/// items of a list, and puts a space on both sides of each colon.
struct Layout {
    depth: usize,
    /// Whether the innermost open object or list has any content yet.
    items: bool,
}

impl Layout {
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.items = false;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.items = true;
        writer.write_all(b" ]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        writer.write_all(if first { b" " } else { b", " })
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.items = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth += 1;
        self.items = false;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.items {
            self.line(writer)?;
        } else {
            writer.write_all(b" ")?;
        }
        self.items = true;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.items = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};

    use super::pretty;

    #[test]
    fn policies_are_laid_out_as_ecr_lays_them_out() {
        let statement = Statement::allow(["ecr:BatchGetImage", "ecr:PutImage"])
            .with_sid("Pull")
            .with_principal(PrincipalSet::aws(["arn:aws:iam::123456789012:root"]));
        let expected = r#"{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "Pull",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::123456789012:root"
    },
    "Action" : [ "ecr:BatchGetImage", "ecr:PutImage" ]
  } ]
}"#;
        assert_eq!(pretty(&PolicyDocument::new([statement])), expected);
        assert_eq!(
            pretty(&serde_json::json!({"a": [], "b": {}})),
            "{\n  \"a\" : [ ],\n  \"b\" : { }\n}"
        );
    }
}
