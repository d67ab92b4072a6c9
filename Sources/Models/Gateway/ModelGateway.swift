import Synchronization

/// Asks each model at its own server, and none that keeps failing. Breakers are of this process: each finds out for
/// itself.
package final class ModelGateway: ChatModel {
  private let servers: [String: any ChatModel]
  /// Asked for names that no server has; nil refuses those.
  private let standard: (any ChatModel)?
  private let breakers = Mutex<[String: CircuitBreaker]>([:])
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameter servers: by the names of the settings.
  package init(
    servers: [String: any ChatModel], standard: (any ChatModel)? = nil,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.servers = servers
    self.standard = standard
    self.now = now
  }

  package func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer {
    let name = request.server
    guard let server = servers[name] ?? standard else {
      throw ModelError(code: .unknownModel, message: "no model is configured as \(name)")
    }
    if let wait = breakers.withLock({ $0[name, default: CircuitBreaker()].admit(at: now()) }) {
      throw ModelError(code: .circuitOpen, message: "\(name) failed too often lately", retryAfter: wait)
    }
    do throws(ModelError) {
      let answer = try await server.answer(request, onToken: onToken)
      breakers.withLock { $0[name]?.succeeded() }
      return answer
    } catch {
      breakers.withLock { breakers in
        switch error.code {
        case .unreachable, .timeout, .serverError, .malformedAnswer: breakers[name]?.failed(at: now())
        // It answered, if only to say no.
        case .rateLimited, .rejected, .emptyAnswer, .cancelled, .circuitOpen, .unknownModel:
          breakers[name]?.ended()
        }
      }
      throw error
    }
  }
}
