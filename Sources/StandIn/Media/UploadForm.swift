/// The form of a call to `media` (RFC 7578; WhatsApp Cloud API, "Upload media").
struct UploadForm: Equatable {
  let mediaType: String
  let bytes: [UInt8]

  /// "Supported media types".
  static let mediaTypes: Set<String> = [
    "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "image/jpeg", "image/png", "image/webp",
    "video/mp4", "video/3gpp", "text/plain", "application/pdf", "application/msword",
    "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  ]

  /// "Supported media types", with the longest file of each.
  private static func maximumBytes(_ mediaType: String) -> Int {
    switch mediaType {
    case "image/webp": 500 << 10
    case _ where mediaType.hasPrefix("image/"): 5 << 20
    case _ where mediaType.hasPrefix("audio/") || mediaType.hasPrefix("video/"): 16 << 20
    default: 100 << 20
    }
  }

  /// What a field's own headers say it is, in lower case.
  static func mediaType(of field: String, in body: [UInt8], contentType: String) -> String? {
    guard let boundary = parameter("boundary", of: contentType) else { return nil }
    for part in parts(of: body, boundary: boundary) {
      guard let end = first(Array("\r\n\r\n".utf8), in: part) else { continue }
      let head = String(decoding: part[..<end], as: UTF8.self)
      guard parameter("name", of: head) == field else { continue }
      return head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-type:") }
        .map { String($0.dropFirst("content-type:".count).drop { $0 == " " }) }
    }
    return nil
  }

  /// What a form's fields hold, by name (RFC 7578).
  static func fields(
    of body: [UInt8], contentType: String
  ) throws(StandInError) -> [String: ArraySlice<UInt8>] {
    guard contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
    else { throw .invalid("the body is no form") }
    var fields: [String: ArraySlice<UInt8>] = [:]
    for part in Self.parts(of: body, boundary: boundary) {
      guard let end = Self.first(Array("\r\n\r\n".utf8), in: part) else { continue }
      let head = String(decoding: part[..<end], as: UTF8.self)
      if let name = Self.parameter("name", of: head) { fields[name] = part[(end + 4)...] }
    }
    return fields
  }

  init(parsing body: [UInt8], contentType: String) throws(StandInError) {
    let fields = try Self.fields(of: body, contentType: contentType)
    guard let product = fields["messaging_product"] else { throw .missing("messaging_product") }
    guard String(decoding: product, as: UTF8.self) == "whatsapp" else {
      throw .badValue("messaging_product is not whatsapp")
    }
    guard let type = fields["type"] else { throw .missing("type") }
    mediaType = String(decoding: type, as: UTF8.self)
    guard Self.mediaTypes.contains(mediaType) else {
      throw .invalid("param file must be a file of a supported media type")
    }
    guard let file = fields["file"], !file.isEmpty else { throw .missing("file") }
    guard file.count <= Self.maximumBytes(mediaType) else { throw .tooLargeFile(mediaType) }
    bytes = Array(file)
  }

  /// What lies between the boundaries.
  private static func parts(of body: [UInt8], boundary: String) -> [ArraySlice<UInt8>] {
    let delimiter = Array("--\(boundary)".utf8)
    guard body.starts(with: delimiter) else { return [] }
    var parts: [ArraySlice<UInt8>] = []
    var rest = body[delimiter.count...]
    let line = Array("\r\n".utf8)
    while rest.starts(with: line), let end = first(line + delimiter, in: rest.dropFirst(2)) {
      parts.append(rest[(rest.startIndex + 2)..<end])
      rest = rest[(end + 2 + delimiter.count)...]
    }
    return parts
  }

  private static func first(_ bytes: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    var index = text.startIndex
    while let start = text[index...].firstIndex(of: bytes[0]) {
      if text[start...].starts(with: bytes) { return start }
      index = start + 1
    }
    return nil
  }

  /// The value of `name=value` or `name="value"` in a header.
  private static func parameter(_ name: String, of header: String) -> String? {
    for piece in header.split(whereSeparator: { ";\r\n".contains($0) || $0 == "\r\n" }) {
      let piece = piece.drop { $0 == " " }
      guard piece.lowercased().hasPrefix(name + "=") else { continue }
      return String(piece.dropFirst(name.count + 1)).filter { $0 != "\"" }
    }
    return nil
  }
}
