import JSON

/// One event of a stream (HTML Living Standard, "Server-sent events").
enum ServerSentEvent {
  /// `data` is one line, as minified JSON is.
  static func bytes(_ name: String, id: String? = nil, _ data: some Encodable) throws -> [UInt8] {
    var bytes: [UInt8] = []
    if let id { bytes += "id: \(id)\n".utf8 }
    bytes += "event: \(name)\ndata: ".utf8
    bytes += try JSON.encode(data)
    bytes += "\n\n".utf8
    return bytes
  }

  /// Keeps connections that pass through proxies open.
  static let heartbeat = Array(": \n\n".utf8)

  /// How long a browser waits before it connects again.
  static func retry(milliseconds: Int) -> [UInt8] { Array("retry: \(milliseconds)\n\n".utf8) }
}
