import CXML

/// The text of an HTML page or mail, as a reader would copy it: paragraphs apart, list items with a dash,
/// links with their addresses, and quotations behind `> ` as in plain mail.
///
/// Elements are written as libxml2 tells of them; no tree is made, which would take as long again.
package struct HTMLText {
  /// More is not read.
  package static let maximumBytes = 2 << 20
  /// What is nested deeper is not read, nor what is behind it: to look for what an end tag closes takes as long as the
  /// way out of all that is open.
  private static let maximumDepth = 256
  /// Pages have few, and to look through more would take as long as to read the name.
  private static let maximumKnown = 16

  private static let options = Int32(
    HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue)

  private let parser: htmlParserCtxtPtr
  private var writer = HTMLTextWriter()
  private var open: [HTMLElement] = []
  /// The first names of the page. The parser keeps each in one place as long as it reads.
  private var known: [(name: UnsafePointer<xmlChar>, element: HTMLElement)] = []
  /// How many elements are open that nobody sees, or that are within one.
  private var hidden = 0

  private init(_ parser: htmlParserCtxtPtr) { self.parser = parser }

  /// - Parameter charset: in which the bytes are; nil leaves it to what the page says itself.
  package static func text(of html: [UInt8], charset: String?) -> String {
    let html = Array(html.prefix(maximumBytes))
    return text(of: Charset.decode(html, as: charset ?? Charset.declared(inPage: html)))
  }

  package static func text(of html: String) -> String {
    guard let parser = htmlNewParserCtxt() else { return "" }
    defer { htmlFreeParserCtxt(parser) }
    var handler = htmlSAXHandler()
    handler.startElement = { text, name, attributes in
      guard let text, let name else { return }
      HTMLText.at(text).pointee.start(name, attributes)
    }
    handler.endElement = { text, _ in
      if let text { HTMLText.at(text).pointee.end() }
    }
    handler.characters = { text, characters, count in
      guard let text else { return }
      HTMLText.at(text).pointee.write(UnsafeBufferPointer(start: characters, count: Int(count)))
    }
    handler.cdataBlock = handler.characters
    parser.pointee.sax.pointee = handler
    var text = HTMLText(parser)
    var html = html
    withUnsafeMutablePointer(to: &text) { text in
      parser.pointee.userData = UnsafeMutableRawPointer(text)
      let document = html.withUTF8 {
        htmlCtxtReadMemory(
          parser, UnsafeRawPointer($0.baseAddress)?.assumingMemoryBound(to: CChar.self),
          Int32(min($0.count, maximumBytes)), nil, "UTF-8", options)
      }
      if let document { xmlFreeDoc(document) }
    }
    return text.writer.finished()
  }

  private static func at(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutablePointer<HTMLText> {
    pointer.assumingMemoryBound(to: HTMLText.self)
  }

  private mutating func start(_ name: UnsafePointer<xmlChar>, _ attributes: HTMLAttributes.Pointer?) {
    if open.count + hidden == Self.maximumDepth { return xmlStopParser(parser) }
    guard hidden == 0 else {
      hidden += 1
      return
    }
    let attributes = HTMLAttributes(attributes)
    var element = element(named: name)
    element.add(attributes)
    if element.contains(.hidden) {
      hidden = 1
    } else {
      open.append(element)
      writer.open(element, attributes)
    }
  }

  private mutating func element(named name: UnsafePointer<xmlChar>) -> HTMLElement {
    if let index = known.firstIndex(where: { $0.name == name }) { return known[index].element }
    let element = HTMLElement(named: name)
    if known.count < Self.maximumKnown { known.append((name, element)) }
    return element
  }

  private mutating func end() {
    if hidden > 0 {
      hidden -= 1
    } else if let element = open.popLast() {
      writer.close(element)
    }
  }

  private mutating func write(_ text: UnsafeBufferPointer<UInt8>) {
    if hidden == 0 { writer.write(text) }
  }
}
