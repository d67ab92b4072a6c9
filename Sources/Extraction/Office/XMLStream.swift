import CXML

/// A part's XML, read node by node; names are taken without their namespaces, which strict files write
/// otherwise. Document types are refused, and with them every entity.
struct XMLStream {
  enum Node {
    case open(String, Attributes)
    case close(String)
    case text(String)
  }

  /// Those of the element that was just opened; valid until the next node.
  struct Attributes {
    fileprivate let reader: xmlTextReaderPtr

    /// By its name without a namespace, the first.
    subscript(name: String) -> String? { all(name).first }

    func all(_ name: String) -> [String] {
      guard xmlTextReaderMoveToFirstAttribute(reader) == 1 else { return [] }
      defer { xmlTextReaderMoveToElement(reader) }
      var values: [String] = []
      repeat {
        if let local = xmlTextReaderConstLocalName(reader), String(cString: local) == name,
          let value = xmlTextReaderConstValue(reader)
        {
          values.append(String(cString: value))
        }
      } while xmlTextReaderMoveToNextAttribute(reader) == 1
      return values
    }
  }

  private static let options = Int32(
    XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)

  static func read(_ part: PartReader, _ take: (Node) throws -> Void) throws {
    let reader = xmlReaderForIO(
      { part, buffer, length in
        guard let part, let buffer else { return -1 }
        return Int32(
          Unmanaged<PartReader>.fromOpaque(part).takeUnretainedValue().read(into: buffer, Int(length)))
      }, { _ in 0 }, Unmanaged.passUnretained(part).toOpaque(), nil, nil, options)
    try read(reader, failure: { part.failure }, take)
  }

  static func read(_ bytes: UnsafeRawBufferPointer, _ take: (Node) throws -> Void) throws {
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    try read(
      xmlReaderForMemory(start, Int32(clamping: bytes.count), nil, nil, options), failure: { nil }, take)
  }

  private static func read(
    _ reader: xmlTextReaderPtr?, failure: () -> ExtractionError?, _ take: (Node) throws -> Void
  ) throws {
    guard let reader else { throw ExtractionError(.unavailable, "there is no memory for xml") }
    defer { xmlFreeTextReader(reader) }
    cxml_be_quiet()
    var status = xmlTextReaderRead(reader)
    while status == 1 {
      try node(reader, take)
      status = xmlTextReaderRead(reader)
    }
    if let failure = failure() { throw failure }
    guard status == 0 else {
      throw ExtractionError(.damaged, "the file is damaged: its xml is not well-formed")
    }
  }

  private static func node(_ reader: xmlTextReaderPtr, _ take: (Node) throws -> Void) throws {
    func name() -> String { xmlTextReaderConstLocalName(reader).map { String(cString: $0) } ?? "" }
    switch UInt32(xmlTextReaderNodeType(reader)) {
    case XML_READER_TYPE_ELEMENT.rawValue:
      let opened = name()
      let isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
      try take(.open(opened, Attributes(reader: reader)))
      if isEmpty { try take(.close(opened)) }
    case XML_READER_TYPE_END_ELEMENT.rawValue: try take(.close(name()))
    case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue,
      XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue, XML_READER_TYPE_WHITESPACE.rawValue:
      if let value = xmlTextReaderConstValue(reader) { try take(.text(String(cString: value))) }
    case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue:
      throw ExtractionError(.unsupported, "the file's xml declares a document type, which no office file has")
    default: break
    }
  }
}

extension OfficePackage {
  /// Reads a part's XML; false where there is no such part.
  @discardableResult
  func readXML(_ name: String, _ take: (XMLStream.Node) throws -> Void) throws -> Bool {
    try withPart(name) { try XMLStream.read($0, take) } != nil
  }

  /// The targets of a part's relations by their ids, as names of parts.
  func relations(of part: String) throws -> [String: (type: String, target: String)] {
    let cut = part.lastIndex(of: "/").map { part.index(after: $0) } ?? part.startIndex
    let folder = String(part[..<cut])
    var relations: [String: (type: String, target: String)] = [:]
    try readXML("\(folder)_rels/\(part[cut...]).rels") { node in
      guard case .open("Relationship", let attributes) = node, let id = attributes["Id"],
        let target = attributes["Target"], attributes["TargetMode"] != "External"
      else { return }
      let type = attributes["Type"].map { String($0.split(separator: "/").last ?? "") } ?? ""
      relations[id] = (type, Self.resolve(target, from: folder))
    }
    return relations
  }

  private static func resolve(_ target: String, from folder: String) -> String {
    if target.hasPrefix("/") { return String(target.dropFirst()) }
    var path = folder.split(separator: "/")
    for piece in target.split(separator: "/") {
      if piece == ".." { _ = path.popLast() } else if piece != "." { path.append(piece) }
    }
    return path.joined(separator: "/")
  }

  /// The part that the file is about: by relation where it says so, or else where it always lies.
  func mainPart(_ usual: String) throws -> String {
    var main: String?
    try readXML("_rels/.rels") { node in
      guard case .open("Relationship", let attributes) = node,
        attributes["Type"]?.hasSuffix("/officeDocument") == true, let target = attributes["Target"]
      else { return }
      main = target.hasPrefix("/") ? String(target.dropFirst()) : target
    }
    return main ?? usual
  }
}
