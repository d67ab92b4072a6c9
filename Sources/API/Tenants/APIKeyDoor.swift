import Contracts
import Crypto
import Foundation
import Hummingbird
import Keyring
import Pipeline

/// Who calls, established from an API key.
struct Caller: Sendable {
  let tenant: TenantID
}

/// Lets callers with an API key in. Only hashes are compared, by look-up: a key has 256 random bits, so
/// timing tells nothing that helps.
struct APIKeyDoor: Sendable {
  private let directory: Directory

  init(_ dependencies: APIDependencies) { directory = dependencies.directory }

  /// A route for callers with a key.
  func route(
    _ method: HTTPRequest.Method, _ path: String,
    _ answer: @escaping @Sendable (Request, APIContext, Caller) async throws -> Response
  ) -> Route {
    Route(method, path) { request, context in
      try await answer(request, context, try await admit(request))
    }
  }

  private func admit(_ request: Request) async throws -> Caller {
    guard let key = request.bearer, !key.isEmpty, key.utf8.count <= 256 else {
      throw Problem(.unauthorised, "send an API key as Authorization: Bearer")
    }
    let hash = hexadecimal(SHA256.hash(data: Array(key.utf8)))
    if let known = directory.snapshot.apiKeys[hash] { return Caller(tenant: known.tenant) }
    // It may have been made since.
    if let known = try await directory.catchUp().apiKeys[hash] { return Caller(tenant: known.tenant) }
    throw Problem(.unauthorised, "the API key is not known")
  }
}
