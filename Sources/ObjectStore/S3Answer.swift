import CXML

/// What S3 answers in XML: a page of ListObjectsV2, or an error. Names are taken without their namespaces.
struct S3Answer {
  private(set) var isListing = false
  private(set) var keys: [String] = []
  /// The token of the page that follows.
  private(set) var nextPage: String?
  /// Of an error: `NoSuchKey`.
  private(set) var code: String?

  private static let options = Int32(
    XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)

  /// Of anything else nothing is taken.
  init(_ body: [UInt8]) {
    cxml_be_quiet()
    let document = body.withUnsafeBytes { bytes in
      xmlReadMemory(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count), nil, nil,
        Self.options)
    }
    guard let document else { return }
    defer { xmlFreeDoc(document) }
    guard let root = xmlDocGetRootElement(document) else { return }
    switch Self.name(root) {
    case "ListBucketResult":
      isListing = true
      for element in Self.elements(of: root) {
        switch Self.name(element) {
        case "Contents": keys += Self.elements(of: element).filter { Self.name($0) == "Key" }.map(Self.text)
        case "NextContinuationToken": nextPage = Self.text(element)
        default: break
        }
      }
    case "Error":
      code = Self.elements(of: root).first { Self.name($0) == "Code" }.map {
        String(Self.text($0).prefix(64))
      }
    default: break
    }
  }

  private static func elements(of node: xmlNodePtr) -> [xmlNodePtr] {
    var (found, next): ([xmlNodePtr], xmlNodePtr?) = ([], node.pointee.children)
    while let child = next {
      if child.pointee.type == XML_ELEMENT_NODE { found.append(child) }
      next = child.pointee.next
    }
    return found
  }

  private static func name(_ node: xmlNodePtr) -> String { String(cString: node.pointee.name) }

  private static func text(_ node: xmlNodePtr) -> String {
    guard let text = xmlNodeGetContent(node) else { return "" }
    defer { cxml_free(text) }
    return String(cString: text)
  }
}
