//! Tests with the examples from the syntax documentation, and with invalid patterns.

use serde_json::json;

use super::{BadPattern, Pattern};

fn is_match(pattern: &str, message: &str) -> bool {
    Pattern::parse(pattern).unwrap().matches(message)
}

#[test]
fn terms_are_required_optional_or_excluded() {
    let both = "ERROR WARN message";
    let (error, warn) = ("ERROR message", "WARN message");
    for (pattern, expected) in [
        ("ERROR", [true, true, false]),
        ("?ERROR ?WARN", [true, true, true]),
        ("ERROR WARN", [true, false, false]),
        ("ERROR -WARN", [false, true, false]),
        ("\"ERROR\" - \"WARN\"", [false, true, false]),
        ("\"ERROR message\"", [false, true, false]),
        ("?ERROR ?none WARN", [true, false, true]),
        ("error", [false, false, false]),
        ("%^ERR.R%", [true, true, false]),
        ("-%^ERR%", [false, false, true]),
        ("", [true, true, true]),
        (" ", [true, true, true]),
    ] {
        let found = [both, error, warn].map(|message| is_match(pattern, message));
        assert_eq!(found, expected, "{pattern}");
    }
    assert!(is_match("ERROR", "Exiting with ERRORCODE: -1"));
    assert!(is_match(r#""say \"hi\"""#, r#"they say "hi" again"#));
    assert!(!is_match("request-id-123", "request-id-123"), "`id` is an excluded term");
}

#[test]
fn json_patterns_match_values() {
    let trail = json!({
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": null,
        "ThisFlag": true,
        "latency": 500.5,
        "user-id": -1,
        "code": "400",
        "cluster.name": "c",
    })
    .to_string();
    for (pattern, expected) in [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        ("{ $.eventType = UpdateTrail }", true),
        ("{$.eventType=Update*}", true),
        ("{ $.eventType = *Trail }", true),
        ("{ $.eventType = *dateTr* }", true),
        ("{ $.eventType = Up*Trail }", false),
        ("{ $.eventType = * }", true),
        ("{ $.eventType = %^Update% }", true),
        ("{ $.eventType != %^Update% }", false),
        ("{ $.sourceIPAddress != 123.123.* }", true),
        (r#"{ $.arrayKey[0] = "value" }"#, true),
        (r#"{ $.arrayKey = "value" }"#, false),
        (r#"{ $.arrayKey != "value" }"#, false),
        ("{ $.objectList[1].id = 2 }", true),
        ("{ $.objectList[2].id = 2 }", false),
        ("{ $.SomeObject IS NULL }", true),
        ("{ $.eventType IS NULL }", false),
        ("{ $.SomeOtherObject NOT EXISTS }", true),
        ("{ $.SomeObject NOT EXISTS }", false),
        ("{ $.ThisFlag IS TRUE }", true),
        ("{ $.ThisFlag IS FALSE }", false),
        ("{ $.latency >= 500 }", true),
        ("{ $.latency < 10e2 }", true),
        ("{ $.latency > +1000 }", false),
        ("{ $.latency = 500.50 }", true),
        ("{ $.latency <= 500.5 }", true),
        ("{ $.user-id = -1 }", true),
        ("{ $.code = 400 }", true),
        ("{ $.none = 1 }", false),
        ("{ $.none != 1 }", false),
        ("{ $.arrayKey[*] = %val.{2}% }", true),
        ("{ $.objectList[*].id = 2 }", true),
        ("{ $.objectList[*].id = 3 }", false),
        ("{ $.* = 111.111.* }", true),
        ("{ $.* = none }", false),
        ("{ $.['cluster.name'] = \"c\" }", true),
        ("{ ($.eventType = x && $.code = 400) || $.latency > 500 }", true),
        ("{ $.latency > 500 || $.eventType = x && $.code = x }", true),
        ("{ ($.latency > 500 || $.eventType = x) && $.code = x }", false),
    ] {
        assert_eq!(is_match(pattern, &trail), expected, "{pattern}");
        assert!(!is_match(pattern, "no JSON"), "{pattern}");
    }
}

#[test]
fn field_patterns_count_name_and_compare_fields() {
    let line =
        "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";
    for (pattern, expected) in [
        ("[ip, user, username, timestamp, request, status_code, bytes]", true),
        ("[ip, user, username]", true),
        ("[w1=127.0.0.1, w2]", true),
        ("[w1!=127.0.0.1, w2]", false),
        ("[a, b, c, d, e, f, g, h]", false),
        ("[]", true),
        ("[..., status_code, bytes]", true),
        ("[ip, user, ..., status_code = 4*, bytes]", true),
        ("[ip, ...]", true),
        ("[ip = 127.*, ...]", true),
        ("[ip = %^128%, ...]", false),
        ("[..., status_code = 4* && status_code != 404, bytes]", false),
        ("[..., status_code = 5* || status_code = 404, bytes > 1000]", true),
        ("[..., request = *html*, status_code = 4*, bytes > 1534]", false),
        ("[..., request = \"GET *\", status_code, bytes <= 1534]", true),
        ("[a,b,c,d,e,f,g,h, ...]", false),
    ] {
        assert_eq!(is_match(pattern, line), expected, "{pattern}");
    }
    let pattern = Pattern::parse("[..., request=*.html*, status_code=4*,]").unwrap();
    assert!(pattern.matches(line));
    let expected = json!({
        "$status_code": "404",
        "$request": "GET /index.html HTTP/1.0",
        "$7": "1534",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$3": "frank",
        "$2": "-",
        "$1": "127.0.0.1",
    });
    assert_eq!(json!(pattern.extracted(line)), expected);
    assert!(Pattern::parse("ERROR").unwrap().extracted("ERROR").is_empty());
}

#[test]
fn invalid_patterns_are_rejected() {
    for pattern in [
        "email@someemail.com",
        "err:",
        "\"open",
        "?",
        "{ status = \"401\" }",
        "{ $.a = 'Root' }",
        "{ $.a }",
        "{ $ = 1 }",
        "{ $.a < b }",
        "{ $.a[x] = 1 }",
        "{ ($.a = 1 }",
        "{ $.a = 1 && }",
        "{ $.a IS MAYBE }",
        "{ $.a NOT }",
        "{ $.a EXISTS }",
        "{ $.a IS NOT NULL }",
        "{ $.a[*].b[*] = 1 }",
        "{ $.*=1 && $.*=2 && $.*=3 && $.*=4 }",
        "{ $.a = 1 } }",
        "[a = 1 b]",
        "[a = 1 && b = 2]",
        "[= 1]",
        "[..., a, ...]",
        "{ $.a = %x% && $.b = %y% && $.c = %z% }",
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap_err(), BadPattern::Syntax, "{pattern}");
    }
    assert_eq!(Pattern::parse("%a(b)%").unwrap_err(), BadPattern::Character);
    assert_eq!(Pattern::parse("%some!%").unwrap_err(), BadPattern::Character);
    let open = Pattern::parse("{$.a=1").unwrap_err();
    let words = "If a filter pattern starts with '{' it must end with '}'";
    assert_eq!(open.message("filter"), words);
    assert_eq!(BadPattern::Syntax.message("metric filter"), "Invalid metric filter pattern");
    assert_eq!(Pattern::parse("[").unwrap_err(), BadPattern::Open('[', ']'));
}

#[test]
fn fields_and_json_can_have_dimensions_and_regexes() {
    for (pattern, dimensions, regex) in [
        ("?ERROR ?WARN", false, false),
        ("%E%", false, true),
        ("[a, b]", true, false),
        ("{ $.a = %x% }", true, true),
    ] {
        let read = Pattern::parse(pattern).unwrap();
        assert_eq!((read.supports_dimensions(), read.has_regex()), (dimensions, regex));
    }
}
