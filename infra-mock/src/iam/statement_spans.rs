//! Finds the positions of the statements in the text of a policy document.

/// A line and a column. Lines are counted from 1, but columns from 2, as in recorded responses: the
/// statement in `{"Version": "2012-10-17", "Statement": {` begins at the 40th character, and its
/// column is 41.
pub(super) type Place = (i32, i32);

/// Returns the places where each statement starts and ends.
pub(super) fn spans(text: &str) -> Vec<(Place, Place)> {
    let mut found = Vec::new();
    let mut scanner = Scanner::default();
    let mut start = None;
    for char in text.chars() {
        let before = scanner.objects();
        scanner.read(char);
        let (after, at) = (scanner.objects(), (scanner.line, scanner.column));
        if scanner.is_in_statements && before == 1 && after == 2 {
            start = Some(at);
        }
        if before == 2
            && after == 1
            && let Some(start) = start.take()
        {
            found.push((start, at));
        }
    }
    found
}

/// Reads JSON one character at a time. Tracks only which objects and arrays are open, and the keys
/// of the outermost object.
#[derive(Debug)]
struct Scanner {
    line: i32,
    column: i32,
    nesting: Vec<char>,
    is_text: bool,
    is_escaped: bool,
    /// The string most recently read in the outermost object.
    last: String,
    is_in_statements: bool,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            line: 1,
            column: 1,
            nesting: Vec::new(),
            is_text: false,
            is_escaped: false,
            last: String::new(),
            is_in_statements: false,
        }
    }
}

impl Scanner {
    /// Returns the number of open objects.
    fn objects(&self) -> usize {
        self.nesting.iter().filter(|open| **open == '{').count()
    }

    fn read(&mut self, char: char) {
        if char == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        if self.is_text {
            match char {
                _ if self.is_escaped => self.is_escaped = false,
                '\\' => self.is_escaped = true,
                '"' => self.is_text = false,
                _ if self.nesting.len() == 1 => self.last.push(char),
                _ => {}
            }
            return;
        }
        match char {
            '"' => {
                self.is_text = true;
                if self.nesting.len() == 1 {
                    self.last.clear();
                }
            }
            ':' if self.nesting.len() == 1 => self.is_in_statements = self.last == "Statement",
            ',' if self.nesting.len() == 1 => self.is_in_statements = false,
            '{' | '[' => self.nesting.push(char),
            '}' | ']' => drop(self.nesting.pop()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn statement_positions_match_the_recorded_ones() {
        let one = r#"{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}"#;
        assert_eq!(spans(one), [((1, 41), (1, 113))]);
        let two = "{\"Statement\": [\n  {\"Sid\": \"}{\", \"Condition\": {\"Null\": {}}},\n  {\"Sid\": \"b\"}\n], \"Id\": \"{\"}";
        assert_eq!(spans(two), [((2, 4), (2, 43)), ((3, 4), (3, 15))]);
    }
}
