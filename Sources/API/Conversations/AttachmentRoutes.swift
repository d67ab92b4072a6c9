import Contracts
import Hummingbird

/// The files of messages, for the tenant that they belong to.
struct AttachmentRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/attachments/{id}") { _, context, caller in
        try await files.answer(
          context.id("id", of: "attachment", as: AttachmentID.self), of: caller.tenant, in: nil)
      }
    ]
  }
}
