import HTTPTypes
import Hummingbird

/// Files: uploaded, described and given (WhatsApp Cloud API, "Media").
extension StandInRoutes {
  /// The longest upload; Meta takes up to 100 MB.
  static let maximumUploadBytes = 16 << 20

  func upload(_ request: Request, _ context: StandInContext) async throws -> any Encodable & Sendable {
    let action = try await meetFault(context)
    if action == .dropBefore { return GraphSuccess() }
    _ = try account(request, context)
    let form = try UploadForm(
      parsing: try await body(request, maximumBytes: Self.maximumUploadBytes),
      contentType: request.headers[.contentType] ?? ""
    )
    try action.fail()
    let file = state.media { $0.store(form.bytes, mediaType: form.mediaType) }
    if action == .dropAfter { await context.drop() }
    return MediaID(id: file.id)
  }

  func describe(_ request: Request, _ context: StandInContext) throws(StandInError) -> any Encodable
    & Sendable
  {
    let id = try account(request, context)
    if request.uri.queryParameters["fields"] != nil { return describeAccount(id) }
    return MediaAnswer(try file(id), host: request.head.authority ?? "127.0.0.1")
  }

  func download(_ request: Request, _ context: StandInContext) -> Response {
    do {
      try authenticate(request)
      let file = try file(context.parameters.get("id") ?? "")
      return Response(
        status: .ok,
        headers: [.contentType: file.mediaType],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes))
      )
    } catch {
      return Self.response(to: error)
    }
  }

  private func file(_ id: String) throws(StandInError) -> StoredMedia.File {
    guard let file = state.media({ $0[id] }) else { throw .unknownObject(id) }
    return file
  }
}
