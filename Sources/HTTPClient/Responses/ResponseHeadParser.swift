/// Gathers the header lines that libcurl hands over one by one into the head of the final response.
///
/// Interim responses (1xx) restart it; lines after the head are trailers and are dropped.
struct ResponseHeadParser {
  /// All header bytes of a response together, interim responses and trailers included.
  static let maximumBytes = 64 << 10

  enum Outcome: Equatable {
    case more
    case head(HTTPResponseHead)
    case tooLarge
    case malformed
  }

  private var bytes = 0
  private var status: Int?
  private var headers = HTTPHeaders()
  private var isComplete = false

  mutating func receive(_ line: UnsafeRawBufferPointer) -> Outcome {
    bytes += line.count
    guard bytes <= Self.maximumBytes else { return .tooLarge }
    guard !isComplete else { return .more }
    let text = String(decoding: line, as: UTF8.self).trimmingLineEnd()
    if text.isEmpty { return complete() }
    if text.utf8.starts(with: "HTTP/".utf8) { return start(statusLine: text) }
    if text.utf8.first == 0x20 || text.utf8.first == 0x09 {
      headers.fold(text.trimmingBlanks())
    } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
      headers.append(
        name: String(text[..<colon]).trimmingBlanks(),
        value: String(text[text.utf8.index(after: colon)...]).trimmingBlanks())
    } else {
      return .malformed
    }
    return .more
  }

  private mutating func start(statusLine: String) -> Outcome {
    let parts = statusLine.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, let status = Int(parts[1]), (100...999).contains(status) else {
      return .malformed
    }
    self.status = status
    headers = HTTPHeaders()
    return .more
  }

  private mutating func complete() -> Outcome {
    guard let status else { return .malformed }
    guard status >= 200 else { return .more }
    isComplete = true
    return .head(HTTPResponseHead(status: status, headers: headers))
  }
}

extension String {
  fileprivate func trimmingLineEnd() -> String {
    String(decoding: utf8.reversed().drop { $0 == 0x0D || $0 == 0x0A }.reversed(), as: UTF8.self)
  }

  fileprivate func trimmingBlanks() -> String {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    return String(
      decoding: utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed(), as: UTF8.self)
  }
}
