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
    let file: File
    do { file = try YAMLDecoder().decode(File.self, from: yaml) } catch {
      throw ConfigurationError("\(path) cannot be read: \(error)")
    }
    let names = file.models.map(\.name)
    guard Set(names).count == names.count else {
      throw ConfigurationError("\(path): a model's name stands twice")
    }
    for name in file.fallback ?? [] where !names.contains(name) {
      throw ConfigurationError("\(path): fallback names \(name), which is none of the models")
    }
    catalogue = ModelCatalogue(
      models: try file.models.map { try $0.configured(path) }, fallbacks: file.fallback ?? [],
      tenantLimits: file.tenants?.limits ?? UseLimits(),
      limitsOfTenants: Dictionary(
        (file.tenants?.others ?? []).map { ($0.tenant.lowercased(), $0.limits) }
      ) { first, _ in first },
      currency: file.currency ?? "USD")
    servers = try file.models.map {
      Server(name: $0.name, url: $0.url, key: try $0.secret(path), provider: try $0.form(path))
    }
  }

  // MARK: The file

  private struct File: Decodable {
    let currency: String?
    let models: [Entry]
    let fallback: [String]?
    let tenants: Tenants?
  }

  private struct Limits: Decodable {
    let requestsPerMinute: Int?
    let tokensPerDay: Int?
    let costPerDay: Double?

    enum CodingKeys: String, CodingKey {
      case requestsPerMinute = "requests_per_minute"
      case tokensPerDay = "tokens_per_day"
      case costPerDay = "cost_per_day"
    }

    var limits: UseLimits {
      UseLimits(
        requestsPerMinute: requestsPerMinute, tokensPerDay: tokensPerDay,
        costPerDayMicros: costPerDay.map { Int64(($0 * 1_000_000).rounded()) })
    }
  }

  private struct Tenants: Decodable {
    struct Other: Decodable {
      let tenant: String
      let limits: UseLimits

      init(from decoder: any Decoder) throws {
        enum Key: String, CodingKey { case tenant }
        tenant = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .tenant)
        limits = try Limits(from: decoder).limits
      }
    }
    let limits: UseLimits
    let others: [Other]?

    init(from decoder: any Decoder) throws {
      enum Key: String, CodingKey { case others }
      limits = try Limits(from: decoder).limits
      others = try decoder.container(keyedBy: Key.self).decodeIfPresent([Other].self, forKey: .others)
    }
  }

  private struct Entry: Decodable {
    struct Price: Decodable {
      let input: Double
      let output: Double
    }
    let name: String
    let provider: String?
    let url: String
    let apiVersion: String?
    let model: String?
    let key: String?
    let keyFile: String?
    let timeoutSeconds: Double?
    let contextTokens: Int?
    let tools: Bool?
    let price: Price?
    let limits: UseLimits

    enum CodingKeys: String, CodingKey {
      case name, provider, url
      case apiVersion = "api_version"
      case model, key
      case keyFile = "key_file"
      case timeoutSeconds = "timeout_seconds"
      case contextTokens = "context_tokens"
      case tools, price
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: CodingKeys.self)
      name = try members.decode(String.self, forKey: .name)
      provider = try members.decodeIfPresent(String.self, forKey: .provider)
      url = try members.decode(String.self, forKey: .url)
      apiVersion = try members.decodeIfPresent(String.self, forKey: .apiVersion)
      model = try members.decodeIfPresent(String.self, forKey: .model)
      key = try members.decodeIfPresent(String.self, forKey: .key)
      keyFile = try members.decodeIfPresent(String.self, forKey: .keyFile)
      timeoutSeconds = try members.decodeIfPresent(Double.self, forKey: .timeoutSeconds)
      contextTokens = try members.decodeIfPresent(Int.self, forKey: .contextTokens)
      tools = try members.decodeIfPresent(Bool.self, forKey: .tools)
      price = try members.decodeIfPresent(Price.self, forKey: .price)
      limits = try Limits(from: decoder).limits
    }

    func configured(_ path: String) throws -> ConfiguredModel {
      let context = contextTokens ?? 8_192
      let timeout = timeoutSeconds ?? 60
      guard context >= 512, timeout > 0, price.map({ $0.input >= 0 && $0.output >= 0 }) ?? true else {
        throw ConfigurationError("\(path): model \(name) has a number that makes no sense")
      }
      return ConfiguredModel(
        name: name, model: model, timeout: .milliseconds(Int(timeout * 1_000)), contextTokens: context,
        takesTools: tools ?? true, price: price.map { ModelPrice(input: $0.input, output: $0.output) },
        limits: limits)
    }

    func secret(_ path: String) throws -> String? {
      guard let keyFile else { return key }
      do {
        return try String(contentsOfFile: keyFile, encoding: .utf8).trimmingCharacters(
          in: .whitespacesAndNewlines)
      } catch { throw ConfigurationError("\(path): the key file of model \(name) cannot be read") }
    }

    func form(_ path: String) throws -> ModelProvider {
      switch provider ?? "openai" {
      case "openai": return .openAI
      case "azure":
        guard let apiVersion else { throw ConfigurationError("\(path): model \(name) has no api_version") }
        return .azure(apiVersion: apiVersion)
      case let other: throw ConfigurationError("\(path): model \(name) has the unknown provider \(other)")
      }
    }
  }
}
