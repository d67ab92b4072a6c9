import Foundation
import HTTPClient
import Knowledge

/// Where vectors lie.
enum VectorStoreChoice: Sendable, Equatable {
  case postgres
  case chroma(ChromaStore.Address, key: String?)

  /// - Parameter place: `postgres`, `chroma://host:port` or, with TLS, `chromas://host:port`; `/database` and
  ///   `?tenant=name` may follow.
  init(_ place: String, key: String?) throws {
    if place == "postgres" {
      self = .postgres
      return
    }
    guard let parts = URLComponents(string: place), let host = parts.host, !host.isEmpty,
      let scheme = ["chroma": "http", "chromas": "https"][parts.scheme ?? ""], parts.user == nil
    else {
      throw ConfigurationError("AIGENTABLE_VECTOR_STORE is neither postgres nor chroma://host:port")
    }
    let tenant = parts.queryItems?.first { $0.name == "tenant" }?.value
    let database = parts.path.split(separator: "/").joined(separator: "/")
    let port = parts.port ?? (scheme == "http" ? 8_000 : 443)
    self = .chroma(
      ChromaStore.Address(
        url: "\(scheme)://\(host):\(port)", tenant: tenant ?? "default_tenant",
        database: database.isEmpty ? "default_database" : database), key: key)
  }

  /// Nil for Postgres.
  var kind: String? {
    if case .chroma = self { ChromaStore.kind } else { nil }
  }

  /// Nil for Postgres.
  func store(_ client: HTTPClient) -> (any VectorStore)? {
    if case .chroma(let address, let key) = self {
      ChromaStore(address, key: key, client: client)
    } else {
      nil
    }
  }
}
