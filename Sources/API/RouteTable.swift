import Hummingbird

/// One route: an HTTP method and an OpenAPI path template.
struct Route: Sendable {
  typealias Answer = @Sendable (Request, APIContext) async throws -> Response
  let method: HTTPRequest.Method
  let path: String
  let answer: Answer

  init(_ method: HTTPRequest.Method, _ path: String, _ answer: @escaping Answer) {
    self.method = method
    self.path = path
    self.answer = answer
  }

  /// Whether a request's path is of this route's template.
  func matches(_ path: String) -> Bool {
    let template = self.path.split(separator: "/")
    let given = path.split(separator: "/")
    return template.count == given.count
      && zip(template, given).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
  }
}

/// Everything that this API answers to.
struct RouteTable: Sendable {
  let routes: [Route]

  init(_ routes: [Route]) { self.routes = routes }

  init(_ dependencies: APIDependencies) {
    let parts = RouteParts(dependencies)
    routes =
      WebhookRoutes(parts).routes
      + ChatRoutes(parts).routes
      + ConversationRoutes(parts).routes
      + ComposeRoutes(parts).routes
      + SignalRoutes(parts).routes
      + TimelineRoutes(parts).routes
      + ContactRoutes(parts).routes
      + AttachmentRoutes(parts).routes
      + FileLinkRoutes(parts).routes
      + ReportRoutes(parts).routes
      + DocumentRoutes(parts).routes
      + SourceRoutes(parts).routes
      + AgentRoutes(parts).routes
      + AgentTrialRoutes(parts).routes
      + ConnectionRoutes(parts).routes
      + SettingsRoutes(parts).routes
      + IntentRoutes(parts).routes
      + RetentionRoutes(parts).routes
      + ConnectionCheckRoutes(parts).routes
      + NoticeRoutes(parts).routes
      + OperationRoutes(parts).routes
  }

  /// The methods that `path` answers to; empty when there is no such path.
  func methods(of path: String) -> [String] {
    routes.filter { $0.matches(path) }.map(\.method.rawValue).sorted()
  }
}

/// What the routes share: one bound on bodies, one line of commits, the intents of tenants.
struct RouteParts: Sendable {
  let dependencies: APIDependencies
  let door: APIKeyDoor
  let ingress: Ingress
  let bytes = RequestBytes()
  let files: StoredFiles
  let reads: ConversationReads
  let understanding: TenantUnderstanding

  init(_ dependencies: APIDependencies) {
    self.dependencies = dependencies
    door = APIKeyDoor(dependencies)
    files = StoredFiles(dependencies)
    reads = ConversationReads(dependencies)
    understanding = TenantUnderstanding(dependencies)
    ingress = Ingress(
      log: dependencies.log, pool: dependencies.pool, keyring: dependencies.keyring,
      durability: dependencies.durability)
  }
}

/// The routes of one concern, made of the parts that all share.
protocol APIRoutes: Sendable {
  var parts: RouteParts { get }
  var routes: [Route] { get }
  init(parts: RouteParts)
}

extension APIRoutes {
  init(_ parts: RouteParts) { self.init(parts: parts) }

  var dependencies: APIDependencies { parts.dependencies }
  var door: APIKeyDoor { parts.door }
  var bytes: RequestBytes { parts.bytes }
  var files: StoredFiles { parts.files }
  var reads: ConversationReads { parts.reads }
}
