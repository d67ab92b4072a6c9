import CCmark

/// Reads Markdown as CommonMark 0.29 has it, with the `~~strike~~` of GitHub.
///
/// Nothing is refused: every text is a document. Tables and bare addresses stay text.
package enum Markdown {
  /// The events of a document, in their order, without recursion however deep it nests.
  ///
  /// - Returns: nil when the text has more than `maximumBytes` bytes of UTF-8, or there is no memory for it.
  package static func events(of text: String, maximumBytes: Int) -> [MarkdownEvent]? {
    guard text.utf8.count <= maximumBytes, let root = document(of: text) else { return nil }
    defer { cmark_node_free(root) }
    guard let walk = cmark_iter_new(root) else { return nil }
    defer { cmark_iter_free(walk) }
    return events(walk)
  }

  /// To be freed by the caller; nil when there is no memory for it.
  static func document(of text: String) -> OpaquePointer? {
    guard hasStrike, let parser = cmark_parser_new(CMARK_OPT_DEFAULT) else { return nil }
    defer { cmark_parser_free(parser) }
    if let strike = cmark_find_syntax_extension("strikethrough") {
      cmark_parser_attach_syntax_extension(parser, strike)
    }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    return cmark_parser_finish(parser)
  }

  /// The library's own registry is made once: it is not safe to make it from two threads.
  private static let hasStrike: Bool = {
    cmark_gfm_core_extensions_ensure_registered()
    return true
  }()

  private static func events(_ walk: OpaquePointer) -> [MarkdownEvent] {
    var events: [MarkdownEvent] = []
    while case let step = cmark_iter_next(walk), step != CMARK_EVENT_DONE, step != CMARK_EVENT_NONE {
      guard let node = cmark_iter_get_node(walk) else { break }
      if let leaf = leaf(node) {
        events.append(leaf)
      } else if let element = element(node) {
        events.append(step == CMARK_EVENT_ENTER ? .open(element) : .close(element))
      }
    }
    return events
  }

  private static func leaf(_ node: OpaquePointer) -> MarkdownEvent? {
    let literal = string(cmark_node_get_literal(node))
    switch kind(node) {
    case "text": return literal.isEmpty ? nil : .text(literal)
    case "code": return .code(literal)
    case "code_block":
      let language = string(cmark_node_get_fence_info(node)).prefix { !$0.isWhitespace }
      return .codeBlock(literal, language: language.isEmpty ? nil : String(language))
    case "html_inline": return .html(literal, isBlock: false)
    case "html_block": return .html(literal, isBlock: true)
    case "softbreak": return .softBreak
    case "linebreak": return .lineBreak
    case "thematic_break": return .rule
    default: return nil
    }
  }

  /// nil for the document itself, and for kinds that come with extensions that are not used.
  private static func element(_ node: OpaquePointer) -> MarkdownElement? {
    switch kind(node) {
    case "paragraph": .paragraph
    case "heading": .heading(Int(cmark_node_get_heading_level(node)))
    case "block_quote": .quote
    case "list":
      .list(
        start: cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
          ? Int(cmark_node_get_list_start(node)) : nil,
        isTight: cmark_node_get_list_tight(node) != 0)
    case "item": .item
    case "emph": .emphasis
    case "strong": .strong
    case "strikethrough": .strike
    case "link": .link(string(cmark_node_get_url(node)))
    case "image": .image(string(cmark_node_get_url(node)))
    default: nil
    }
  }

  private static func kind(_ node: OpaquePointer) -> String { string(cmark_node_get_type_string(node)) }

  private static func string(_ text: UnsafePointer<CChar>?) -> String {
    text.map { String(cString: $0) } ?? ""
  }
}
