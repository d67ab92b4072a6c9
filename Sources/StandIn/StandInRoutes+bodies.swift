import HTTPTypes
import Hummingbird
import JSON

/// Reading and answering of JSON.
extension StandInRoutes {
  func body(_ request: Request, maximumBytes: Int = maximumBodyBytes) async throws -> [UInt8] {
    // Said first by an honest client; what it sends is bounded all the same.
    let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    guard announced <= maximumBytes else { throw StandInError.tooLarge(maximumBytes) }
    var bytes: [UInt8] = []
    for try await chunk in request.body {
      guard bytes.count + chunk.readableBytes <= maximumBytes else {
        throw StandInError.tooLarge(maximumBytes)
      }
      bytes.append(contentsOf: chunk.readableBytesView)
    }
    return bytes
  }

  func object(_ request: Request) async throws -> JSONValue {
    let bytes = try await body(request)
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw StandInError.invalid("the body is no JSON: \(error.message)")
    }
  }

  func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws(StandInError) -> Value {
    do {
      return try JSON.decode(type, from: value)
    } catch {
      throw .invalid("\(error.path): \(error.message)")
    }
  }

  func respond(_ answer: () async throws -> any Encodable & Sendable) async -> Response {
    do {
      return Self.json(try await answer(), status: .ok)
    } catch {
      return Self.response(to: error)
    }
  }

  func respond(_ answer: () throws -> any Encodable & Sendable) -> Response {
    do {
      return Self.json(try answer(), status: .ok)
    } catch {
      return Self.response(to: error)
    }
  }

  static func response(to error: any Error) -> Response {
    if let error = error as? PagesError {
      return json(error, status: HTTPResponse.Status(code: error.status))
    }
    let error =
      error as? StandInError
      ?? StandInError(status: 500, code: 1, title: "An unknown error occurred", details: "\(error)")
    return json(error, status: HTTPResponse.Status(code: error.status))
  }

  private static func json(_ value: some Encodable, status: HTTPResponse.Status) -> Response {
    guard let bytes = try? JSON.encode(value) else { return Response(status: .internalServerError) }
    return Response(
      status: status,
      headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
  }

  /// Texts of strangers are shown, so the page may load and run nothing but itself.
  static let page = Response(
    status: .ok,
    headers: [
      .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
      .contentSecurityPolicy: """
      default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
      base-uri 'none'; form-action 'none'; frame-ancestors 'none'
      """,
    ],
    body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.page_html))
  )
}
