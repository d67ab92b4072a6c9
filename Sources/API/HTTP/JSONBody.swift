import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// JSON in requests and responses.
enum JSONBody {
  /// Checks that `bytes` are one JSON object in UTF-8, nested at most `JSON.maximumOuterDepth` deep.
  @discardableResult
  static func object(_ bytes: [UInt8]) throws(Problem) -> (text: String, value: JSONValue) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(.invalidUTF8, "the body is not valid UTF-8")
    }
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes) } catch {
      let place = error.offset.map { " at byte \($0)" } ?? ""
      switch error.code {
      case .tooDeep:
        throw Problem(.jsonTooDeep, "the body nests more than \(JSON.maximumOuterDepth) containers\(place)")
      case .notUTF8: throw Problem(.invalidUTF8, "the body is not valid UTF-8\(place)")
      case .tooLarge: throw Problem(.bodyTooLarge, "the body is too large")
      default: throw Problem(.malformedJSON, "the body stops being JSON\(place)")
      }
    }
    guard value.kind == .object else {
      throw Problem(.notAnObject, "the body is of kind \(value.kind.rawValue), not object")
    }
    return (text, value)
  }

  /// Decodes the body of a command; what does not fit is named by its path.
  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Problem) -> Value {
    let value = try object(bytes).value
    do { return try JSON.decode(type, from: value) } catch {
      throw Problem(.invalidContent, "\(error.path): \(error.message)")
    }
  }
}

extension Response {
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    json(bytes: try JSON.encode(value), status: status, headers: headers)
  }

  /// - Parameter bytes: a JSON text.
  static func json(
    bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(
      status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func text(
    _ text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
