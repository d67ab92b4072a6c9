import Foundation
import HTTPClient
import Models
import Yams

/// The chat models of the engine, from the YAML file that `AIGENTABLE_MODELS` names, or the single one that
/// `AIGENTABLE_MODEL_URL` and `AIGENTABLE_MODEL` describe.
struct ModelSettings: Sendable {
  let catalogue: ModelCatalogue
  private let servers: [Server]

  /// None configured: agents quote from documents.
  static let none = ModelSettings(catalogue: ModelCatalogue(models: []), servers: [])

  private struct Server: Sendable {
    let name: String
    let url: String
    let key: String?
    let provider: ModelProvider
  }

  /// What asks them; nil when none is configured.
  func gateway(_ client: HTTPClient) -> ModelGateway? {
    guard !servers.isEmpty else { return nil }
    let models = servers.map {
      (
        $0.name,
        OpenAIChatModel(base: $0.url, key: $0.key, provider: $0.provider, client: client) as any ChatModel
      )
    }
    return ModelGateway(
      servers: Dictionary(models) { first, _ in first },
      standard: catalogue.passesNamesOn ? models.first?.1 : nil)
  }

  /// For people: each model's name and server.
  var descriptions: [String] { servers.map { "\($0.name) at \($0.url)" } }
}

extension ModelSettings {
  init(_ configuration: Configuration) throws {
    if let path = configuration.modelsFile {
      guard try configuration.model == nil else {
        throw ConfigurationError("AIGENTABLE_MODELS and AIGENTABLE_MODEL_URL are both set; leave one out")
      }
      try self.init(yaml: String(contentsOfFile: path, encoding: .utf8), path: path)
    } else if let model = try configuration.model {
      self = ModelSettings(
        catalogue: ModelCatalogue(models: [ConfiguredModel(name: model.name)], passesNamesOn: true),
        servers: [Server(name: model.name, url: model.url, key: model.key, provider: .openAI)])
    } else {
      self = .none
    }
  }

  init(yaml: String, path: String) throws {
    let file = try ModelsFile(yaml: yaml, path: path)
    catalogue = ModelCatalogue(
      models: file.models.map(\.configured), fallbacks: file.fallback, tenantLimits: file.tenants.limits,
      limitsOfTenants: file.tenants.limitsOfOthers, currency: file.currency)
    servers = try file.models.map {
      Server(name: $0.name, url: $0.url, key: try $0.secret(path), provider: try $0.form(path))
    }
  }
}

extension ModelsFile.Entry {
  fileprivate var configured: ConfiguredModel {
    ConfiguredModel(
      name: name, model: model, timeout: .milliseconds(Int(timeoutSeconds * 1_000)),
      contextTokens: contextTokens, takesTools: tools, price: price, limits: limits)
  }

  fileprivate func secret(_ path: String) throws -> String? {
    guard let keyFile else { return key }
    do {
      return try String(contentsOfFile: keyFile, encoding: .utf8).trimmingCharacters(
        in: .whitespacesAndNewlines)
    } catch { throw ConfigurationError("\(path): the key file of model \(name) cannot be read") }
  }

  fileprivate func form(_ path: String) throws -> ModelProvider {
    switch provider {
    case "openai": return .openAI
    case "azure":
      guard let apiVersion else { throw ConfigurationError("\(path): model \(name) has no api_version") }
      return .azure(apiVersion: apiVersion)
    case let other: throw ConfigurationError("\(path): model \(name) has the unknown provider \(other)")
    }
  }
}
