/// Names that would be more than text if they were not escaped.
enum HostileText {
  static let all = [
    "<script>window.pwned = 1</script>", "\"><img src=x onerror=\"window.pwned = 1\">",
    "' onmouseover='window.pwned = 1",
    "</title></style></svg><iframe src=//example.invalid>", "a & b &lt; c", "]]><!--",
    "\u{202E}gnp.exe\u{202C}", "bell\u{7}",
  ]
  static let one = all.joined(separator: " ")
}
