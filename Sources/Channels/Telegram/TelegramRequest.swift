import HTTPClient
import JSON

/// One call of the Bot API, by its method's name. Telegram reads numbers and objects from texts too.
struct TelegramRequest {
  struct File {
    let field: String
    let name: String
    let mediaType: String
    let bytes: [UInt8]
  }

  let method: String
  var fields: [String: String]
  var file: File?

  init(_ method: String, _ fields: [String: String?] = [:], file: File? = nil) {
    self.method = method
    self.fields = fields.compactMapValues { $0 }
    self.file = file
  }

  /// - Parameter boundary: of a form with a file: nothing that the file could hold.
  func encoded(boundary: String) throws(JSONError) -> (type: String, body: [UInt8]) {
    guard let file else { return ("application/json", try JSON.encode(fields)) }
    var body: [UInt8] = []
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
      body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
    }
    body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field)\"; ".utf8
    body += "filename=\"\(Self.quoted(file.name))\"\r\nContent-Type: \(file.mediaType)\r\n\r\n".utf8
    body += file.bytes
    body += "\r\n--\(boundary)--\r\n".utf8
    return ("multipart/form-data; boundary=\(boundary)", body)
  }

  /// As the WHATWG has it ("Multipart form data"), and without the other control characters.
  private static func quoted(_ name: String) -> String {
    var quoted = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"": quoted += "%22"
      case "\r", "\n", "\0"..."\u{1F}", "\u{7F}": quoted += " "
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted
  }
}
