//! Tests for the conversion from forms to types, and from types to XML.

use std::collections::BTreeMap;

use serde_json::json;

use crate::shapes::{Decode, Encode, Member, Mismatch, View, structure};
use crate::wire::form::Form;
use crate::wire::xml;

structure! {
    read QueryRequest
    #[derive(Clone, Default, PartialEq)]
    struct Everything {
        "Text" => text: Option<String>,
        "Number" => number: Option<i32>,
        "Long" => long: i64,
        "Fraction" => fraction: Option<f64>,
        "Is" => is: Option<bool>,
        "Names" => names: Vec<String>,
        "Parts" => parts: Option<Vec<Part>>,
        "Inner" => inner: Option<Part>,
    }
}

structure! {
    read QueryRequest
    #[derive(Clone, Default, PartialEq)]
    struct Part {
        "Key" => key: Option<String>,
        "Names" => names: Vec<String>,
    }
}

fn decode(form: &str) -> Result<Everything, Mismatch> {
    let mut read = Form::default();
    assert!(read.read(form.as_bytes()));
    Everything::decode(Member::form(read.tree()?))
}

#[test]
fn a_form_becomes_what_it_says() {
    let form = "Text=a+b%26c%3D%C3%A4%2B&Number=-7&Long=8589934592&Fraction=1.5&Is=true&Names.member.2=b\
                &Names.member.10=c&Names.member.1=a&Parts.member.1.Key=k&Parts.member.1.Names.member.1=n\
                &Parts.member.2.Key=&Inner.Key=i&Else.Where=1&";
    let part = |key: &str, names: &[&str]| Part {
        key: Some(key.to_owned()),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let expected = Everything {
        text: Some("a b&c=ä+".to_owned()),
        number: Some(-7),
        long: 8_589_934_592,
        fraction: Some(1.5),
        is: Some(true),
        names: ["a", "b", "c"].map(str::to_owned).to_vec(),
        parts: Some(vec![part("k", &["n"]), part("", &[])]),
        inner: Some(part("i", &[])),
    };
    assert_eq!(decode(form), Ok(expected));
}

#[test]
fn an_empty_list_comes_as_an_empty_text() {
    for form in ["Names=&Parts=", "Names.member=&Parts.member="] {
        let expected = Everything { parts: Some(Vec::new()), ..Everything::default() };
        assert_eq!(decode(form), Ok(expected), "{form}");
    }
    assert_eq!(decode(""), Ok(Everything::default()));
}

#[test]
fn names_without_end_are_as_unknown_as_others() {
    let deep = format!("A{}=1&Text=x", ".b".repeat(100_000));
    assert_eq!(decode(&deep).unwrap().text.as_deref(), Some("x"));
}

#[test]
fn texts_that_are_no_utf_8_are_no_form() {
    for form in [&b"a=%ff"[..], b"%c3=a", b"a=\xff"] {
        assert!(!Form::default().read(form), "{form:?}");
    }
    let mut form = Form::default();
    assert!(form.read(b"a=%zz&&b&=c&d=e=f"));
    assert_eq!(form.get("a"), Some("%zz"));
    assert_eq!((form.get("b"), form.get(""), form.get("d")), (Some(""), Some("c"), Some("e=f")));
}

#[test]
fn the_last_of_two_values_is_used() {
    let expected = |text: Option<&str>| Everything {
        text: text.map(str::to_owned),
        inner: Some(Part { key: Some("c".to_owned()), names: Vec::new() }),
        ..Everything::default()
    };
    // As a whole, `Inner-` sorts between `Inner` and `Inner.Key`.
    let form = "Inner.Key=a&Text=a&Inner-.Key=b&Text=b&Inner.Key=c";
    assert_eq!(decode(form), Ok(expected(Some("b"))));
    for (last, text) in [(r#""\u0062""#, Some("b")), ("null", None)] {
        let json = format!(
            r#"{{"Text": 5, "Inner": {{"Names": ["a"]}}, "Text": {last}, "Inner": {{"Key": "c"}}}}"#
        );
        let read = Everything::decode(Member::json(json.as_bytes()).unwrap());
        assert_eq!(read, Ok(expected(text)), "{json}");
    }
}

#[test]
fn a_value_with_members_is_no_form() {
    let expected = Err(Mismatch::words("Start of list found where not expected"));
    assert_eq!(decode("Text.=b&Text=a"), expected);
}

#[test]
fn null_is_absent_and_fractions_are_cut_off() {
    let value = json!({"Number": 7.9, "Names": null, "Text": null, "Parts": [{"Key": null}, null], "Is": "TRUE"});
    let expected = Everything {
        number: Some(7),
        parts: Some(vec![Part::default()]),
        is: Some(true),
        ..Everything::default()
    };
    let text = value.to_string();
    assert_eq!(Everything::decode(Member::json(text.as_bytes()).unwrap()), Ok(expected));
}

#[test]
fn json_comes_back_as_it_went() {
    let sent = Everything {
        text: Some("\u{0}\"\\ä\n".to_owned()),
        number: Some(i32::MIN),
        long: i64::MAX,
        fraction: Some(-0.25),
        is: Some(false),
        names: vec![String::new()],
        parts: Some(vec![Part { key: None, names: vec!["x".to_owned()] }]),
        inner: Some(Part::default()),
    };
    let text = serde_json::to_string(&sent).unwrap();
    assert_eq!(Everything::decode(Member::json(text.as_bytes()).unwrap()), Ok(sent));
}

#[test]
fn xml_is_written_as_aws_writes_it() {
    let output = json!({
        "A": "<&>\"'\r\n\t\u{1}ä",
        "B": null,
        "C": [],
        "D": ["x", "y"],
        "E": [{"Key": "k", "Value": ""}],
        "F": {"G": true, "H": -7, "I": {}},
    });
    let expected = "\
<GetResponse xmlns=\"urn:x\">
  <GetResult>
    <A>&lt;&amp;&gt;&quot;'&#xD;
\t\u{fffd}ä</A>
    <C/>
    <D>
      <member>x</member>
      <member>y</member>
    </D>
    <E>
      <member>
        <Key>k</Key>
        <Value></Value>
      </member>
    </E>
    <F>
      <G>true</G>
      <H>-7</H>
      <I/>
    </F>
  </GetResult>
  <ResponseMetadata>
    <RequestId>id</RequestId>
  </ResponseMetadata>
</GetResponse>
";
    assert_eq!(xml::answer("urn:x", "Get", &View::of_json(&output), "id"), expected);
}

/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#map-serialization>
#[test]
fn each_item_of_a_map_is_an_entry() {
    let map = BTreeMap::from([("Users".to_owned(), 3_i32)]);
    let output = View::Structure(vec![("SummaryMap", map.view())]);
    let expected = "\
  <GetResult>
    <SummaryMap>
      <entry>
        <key>Users</key>
        <value>3</value>
      </entry>
    </SummaryMap>
  </GetResult>
";
    let answer = xml::answer("urn:x", "Get", &output, "id");
    assert!(answer.contains(expected), "{answer}");
}
