import HTTPClient
import JSON
import Logging
import StandIn

/// A stand-in on a free port, and a client of it.
struct RunningStandIn: Sendable {
  let url: String
  let client: HTTPClient

  /// Serves while `body` runs.
  static func with<R: Sendable>(
    _ options: StandInOptions = StandInOptions(),
    _ body: @Sendable (RunningStandIn) async throws -> R
  ) async throws -> R {
    let (ports, announcement) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let client = HTTPClient()
    defer { client.shutdown() }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { announcement.finish() }
        var logger = Logger(label: "stand-in")
        // Ending by cancellation is said at `error` for each connection.
        logger.logLevel = .critical
        try await StandInServer(port: 0, options: options, logger: logger) { announcement.yield($0) }.run()
      }
      guard let port = await ports.first(where: { _ in true }) else {
        try await group.waitForAll()
        throw CancellationError()
      }
      defer { group.cancelAll() }
      return try await body(RunningStandIn(url: "http://127.0.0.1:\(port)", client: client))
    }
  }

  func send(
    _ body: String,
    account: String = "106540352242922",
    version: String = "v26.0",
    headers: [(String, String)] = [("Authorization", "Bearer token")]
  ) async throws(HTTPClientError) -> Answer {
    try await call("POST", "/\(version)/\(account)/messages", Array(body.utf8), headers: headers)
  }

  func call(
    _ method: String,
    _ path: String,
    _ body: [UInt8] = [],
    headers: [(String, String)] = []
  ) async throws(HTTPClientError) -> Answer {
    let response = try await client.send(
      HTTPRequest(method: method, url: url + path, headers: headers, body: body)
    )
    return Answer(status: response.status, headers: response.headers, body: response.body)
  }

  /// Uploads a file; its id.
  func upload(_ bytes: [UInt8], _ mediaType: String) async throws -> String? {
    let fields = [("messaging_product", "whatsapp"), ("type", mediaType)].map { name, value in
      "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }
    let head =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: \(mediaType)\r\n\r\n"
    let form = Array((fields.joined() + head).utf8) + bytes + Array("\r\n--b--\r\n".utf8)
    return try await uploadForm(form).json["id"]?.string
  }

  func uploadForm(_ form: [UInt8], type: String = "multipart/form-data; boundary=b") async throws -> Answer {
    try await call(
      "POST",
      "/v26.0/106540352242922/media",
      form,
      headers: [("Authorization", "Bearer token"), ("Content-Type", type)]
    )
  }

  func sent(_ query: String = "") async throws -> JSONValue { try await call("GET", "/sent\(query)").json }

  func setFaults(_ json: String) async throws -> Answer {
    try await call("POST", "/faults", Array(json.utf8))
  }
}

struct Answer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: [UInt8]

  var json: JSONValue {
    get throws { try JSONValue(parsing: body) }
  }
}

/// The body of a call that sends a text.
func textBody(_ text: String = "Hello", to recipient: String = "15550100", data: String? = nil) -> String {
  let data = data.map { #","biz_opaque_callback_data":"\#($0)""# } ?? ""
  return """
    {"messaging_product":"whatsapp","recipient_type":"individual","to":"\(recipient)","type":"text",\
    "text":{"preview_url":false,"body":"\(text)"}\(data)}
    """
}
