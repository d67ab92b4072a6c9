import CXML

/// The text of an HTML page or mail, as a reader would copy it: paragraphs apart, list items with a dash,
/// links with their addresses, and quotations behind `> ` as in plain mail.
package struct HTMLText {
  /// More is not read.
  package static let maximumBytes = 2 << 20

  private var writer = HTMLTextWriter()

  /// - Parameter charset: in which the bytes are; nil leaves it to what the page says itself.
  package static func text(of html: [UInt8], charset: String?) -> String {
    let options = Int32(
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
        | HTML_PARSE_NONET.rawValue)
    let document = html.prefix(maximumBytes).withUnsafeBytes {
      htmlReadMemory(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), nil, charset, options)
    }
    guard let document else { return "" }
    defer { xmlFreeDoc(document) }
    var text = HTMLText()
    text.walk(xmlDocGetRootElement(document))
    return text.writer.finished()
  }

  package static func text(of html: String) -> String { text(of: Array(html.utf8), charset: "UTF-8") }

  /// Without recursion: pages are nested as deep as their writer likes.
  private mutating func walk(_ root: xmlNodePtr?) {
    var node = root
    while let current = node {
      var isOpen = enter(current)
      if isOpen, let child = current.pointee.children {
        node = child
        continue
      }
      node = current
      while let done = node {
        if isOpen { writer.close(HTMLElement(done)) }
        // Whatever has a child that was looked at was opened.
        isOpen = true
        if done == root { return }
        if let next = done.pointee.next {
          node = next
          break
        }
        node = done.pointee.parent
      }
    }
  }

  /// Returns whether what is within counts.
  private mutating func enter(_ node: xmlNodePtr) -> Bool {
    switch node.pointee.type {
    case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
      if let content = node.pointee.content { writer.write(UnsafePointer(content)) }
      return false
    case XML_ELEMENT_NODE: break
    default: return false
    }
    let element = HTMLElement(node)
    if element.isHidden { return false }
    writer.open(element)
    return true
  }
}

/// What of an element matters to its text.
struct HTMLElement {
  let name: String
  private let node: xmlNodePtr

  init(_ node: xmlNodePtr) {
    self.node = node
    name = node.pointee.name.map { String(cString: $0) } ?? ""
  }

  subscript(attribute: String) -> String? {
    guard node.pointee.properties != nil, let value = xmlGetProp(node, attribute) else { return nil }
    defer { cxml_free(value) }
    return String(cString: value)
  }

  var isHidden: Bool {
    switch name {
    case "script", "style", "head", "title", "template", "noscript", "object": return true
    default: break
    }
    guard let style = self["style"]?.lowercased(), style.contains("display") else { return false }
    return style.filter { !$0.isWhitespace }.contains("display:none")
  }

  /// What mail programs wrap around the mail that is answered.
  var isQuotation: Bool {
    if name == "blockquote" { return true }
    guard name == "div" || name == "span" else { return false }
    if ["OLK_SRC_BODY_SECTION", "divRplyFwdMsg"].contains(self["id"]) { return true }
    let classes = self["class"]?.split(whereSeparator: \.isWhitespace) ?? []
    return classes.contains { $0 == "gmail_quote" || $0 == "yahoo_quoted" || $0 == "protonmail_quote" }
  }

  var isBlock: Bool {
    switch name {
    case "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
      "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
      "pre",
      "section", "table", "tr", "ul":
      true
    default: isQuotation
    }
  }

  /// Has an empty line before and behind it.
  var isParagraph: Bool {
    switch name {
    case "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul": true
    default: false
    }
  }
}
