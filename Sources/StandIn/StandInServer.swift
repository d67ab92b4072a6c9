import HTTPClient
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A stand-in for Meta's Graph API and Telegram's Bot API that takes messages, shows them, and fails on demand. Each
/// platform has a folder, which checks calls as that platform documents them; the rest is one for all.
///
/// It is for demonstrations, tests and measurements: it keeps everything in memory, bounded by its options, takes
/// any bearer token, and its own paths (`/sent`, `/faults`, `/webhooks`) ask for none, so bind it to loopback.
///
/// | request | does |
/// |---|---|
/// | `POST /{version}/{account}/messages` | takes a message as the Cloud API, or as the Messenger Platform does |
/// | `POST /{version}/{phone_number_id}/media` | takes a file |
/// | `GET /{version}/{media_id}`, `/media/{media_id}/bytes` | says where a file is, gives it |
/// | `POST /{version}/{account}/message_attachments` | takes a file of a page |
/// | `POST /{version}/{account}/messenger_profile` | takes a menu and the like |
/// | `DELETE /{version}/{account}/messenger_profile` | takes it away |
/// | `GET /{version}/{account}?fields=`, `…/subscribed_apps` | says what the account is |
/// | `POST /bot{token}/{method}` | takes what a bot sends, tells who it is, keeps where it is called |
/// | `GET /sent?to=&since=&limit=` | what was taken, oldest first, `since` a number exclusive |
/// | `GET /sent?duplicates` | callback data that was seen more than once |
/// | `DELETE /sent` | forgets what was taken; numbers go on |
/// | `GET`, `POST /faults` | shows, or sets, the faults |
/// | `POST /webhooks` | names the engine that statuses and written messages go to |
/// | `POST /write` | has a customer write a text, or any other message, to the engine |
/// | `GET /` | a page that shows the conversations |
package struct StandInServer: Service {
  private let host: String
  private let port: Int
  private let options: StandInOptions
  private let logger: Logger
  private let onRunning: @Sendable (_ port: Int) async -> Void

  /// - Parameters:
  ///   - port: 0 for any free one.
  ///   - onRunning: called once, with the port, when requests are answered.
  package init(
    host: String = "127.0.0.1",
    port: Int,
    options: StandInOptions = StandInOptions(),
    logger: Logger = Logger(label: "stand-in"),
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.options = options
    self.logger = logger
    self.onRunning = onRunning
  }

  /// Serves until the task is cancelled or a graceful shutdown begins. Throws when the port is taken.
  package func run() async throws {
    let client = HTTPClient(maximumConcurrentRequests: WebhookPoster.concurrency)
    defer { client.shutdown() }
    let state = StandInState(options)
    let poster = WebhookPoster(state: state, client: client, logger: logger)
    let onRunning = onRunning
    var application = Application(
      router: StandInRoutes(state: state, poster: poster).router(),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port),
        serverName: "whatsapp-stand-in",
        backlog: 4_096
      ),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
      logger: logger
    )
    application.addServices(poster)
    try await application.run()
  }
}
