import EventLog
import Hummingbird
import Pipeline

/// The files that providers fetch while they are sent: who has the link has the file.
struct FileLinkRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      Route(.get, "/files/{link}") { _, context in
        guard let text = context.parameters.get("link"), let (link, signature) = FileLink.read(text) else {
          throw Problem.notFound("file")
        }
        return try await files.answer(link, signature: signature, at: Surroundings.date)
      }
    ]
  }
}
