import Pipeline

/// Reads a form with files (RFC 7578) piece by piece, as its bytes arrive; nothing of a file is kept.
struct MultipartForm {
  enum Piece: Equatable {
    /// A part begins.
    case part(name: String, fileName: String?, mediaType: String?)
    case data(ArraySlice<UInt8>)
    case end
  }

  private enum State { case preamble, header, body, epilogue }

  private let delimiter: [UInt8]
  /// The first boundary has no line before it.
  private var buffer: [UInt8] = [0x0D, 0x0A]
  private var state = State.preamble
  /// Of one part.
  private static let longestHeader = 16 << 10

  /// - Parameter contentType: of the request; nil when it is not that of such a form.
  init?(contentType: String) {
    guard contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Whether the last boundary was read.
  var isWhole: Bool { state == .epilogue }

  mutating func take(_ bytes: some Sequence<UInt8>, _ give: (Piece) throws -> Void) throws {
    guard state != .epilogue else { return }
    buffer += bytes
    while try step(give) {}
  }

  /// Returns whether there may be more to do.
  private mutating func step(_ give: (Piece) throws -> Void) throws -> Bool {
    switch state {
    case .preamble, .body:
      guard let found = buffer.firstPlace(of: delimiter) else {
        // The delimiter may have begun.
        let sure = max(0, buffer.count - delimiter.count + 1)
        if sure > 0, state == .body { try give(.data(buffer[..<sure])) }
        buffer.removeFirst(sure)
        return false
      }
      // What follows tells whether another part does.
      guard buffer.count >= found.upperBound + 2 else { return false }
      if state == .body, found.lowerBound > 0 { try give(.data(buffer[..<found.lowerBound])) }
      let isLast = buffer[found.upperBound...].starts(with: Array("--".utf8))
      buffer.removeFirst(found.upperBound)
      state = isLast ? .epilogue : .header
      if isLast { try give(.end) }
      return !isLast
    case .header:
      guard let end = buffer.firstPlace(of: Array("\r\n\r\n".utf8)) else {
        guard buffer.count <= Self.longestHeader else {
          throw Problem(.malformedRequest, "a part of the form has no end of its header")
        }
        return false
      }
      let header = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
      guard let name = Self.parameter("name", of: header) else {
        throw Problem(.malformedRequest, "a part of the form has no name")
      }
      try give(
        .part(
          name: name, fileName: Self.parameter("filename", of: header), mediaType: Self.mediaType(of: header))
      )
      // The line break before the boundary may be that of the header's end.
      buffer.removeFirst(end.lowerBound + 2)
      buffer.removeFirst(2)
      state = .body
      if buffer.starts(with: delimiter.dropFirst(2)) { buffer.insert(contentsOf: [0x0D, 0x0A], at: 0) }
      return true
    case .epilogue: return false
    }
  }

  private static func mediaType(of header: String) -> String? {
    for line in header.split(whereSeparator: \.isNewline) where line.lowercased().hasPrefix("content-type:") {
      return line.dropFirst(13).prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    }
    return nil
  }

  /// The value of `name=value` or `name="value"` in a header.
  private static func parameter(_ name: String, of header: String) -> String? {
    var rest = header[...]
    while let found = rest.firstRange(of: name + "=") {
      let before =
        found.lowerBound == header.startIndex ? " " : header[header.index(before: found.lowerBound)]
      rest = rest[found.upperBound...]
      guard before == ";" || before.isWhitespace else { continue }
      if rest.first == "\"" { return String(rest.dropFirst().prefix { $0 != "\"" }) }
      return String(rest.prefix { $0 != ";" && !$0.isWhitespace })
    }
    return nil
  }
}
