import Contracts
import Hummingbird

/// The files of messages, for the tenant that they belong to.
struct AttachmentRoutes: Sendable {
  private let door: APIKeyDoor
  private let files: StoredFiles

  init(_ parts: RouteParts) {
    door = parts.door
    files = parts.files
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/attachments/{id}") { _, context, caller in
        try await files.answer(
          context.id("id", of: "attachment", as: AttachmentID.self), of: caller.tenant, in: nil)
      }
    ]
  }
}
