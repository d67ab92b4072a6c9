import Foundation
import Models
import Yams

/// The YAML file of models. A key that nobody reads is refused, since it may be a bound that was misspelt; so is a
/// number that bounds nothing.
struct ModelsFile: Decodable {
  let currency: String
  let models: [Entry]
  /// Names of models.
  let fallback: [String]
  let tenants: Tenants

  private enum CodingKeys: String, CodingKey, CaseIterable { case currency, models, fallback, tenants }

  init(yaml: String, path: String) throws(ConfigurationError) {
    do { self = try YAMLDecoder().decode(from: yaml) } catch {
      let models = try? YAMLDecoder().decode(Names.self, from: yaml).models.map(\.name)
      let words = (error as? DecodingError)?.words { path in
        guard path.first?.stringValue == "models", let index = path.dropFirst().first?.intValue,
          let name = models?[index]
        else { return nil }
        return ("model \(name)", 2)
      }
      throw ConfigurationError("\(path): \(words ?? "\(error)")")
    }
    let names = models.map(\.name)
    guard Set(names).count == names.count else {
      throw ConfigurationError("\(path): a model's name stands twice")
    }
    for name in fallback where !names.contains(name) {
      throw ConfigurationError("\(path): fallback names \(name), which is none of the models")
    }
  }

  init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(otherThan: CodingKeys.names)
    let members = try decoder.container(keyedBy: CodingKeys.self)
    currency = try members.decodeIfPresent(String.self, forKey: .currency) ?? "USD"
    models = try members.decode([Entry].self, forKey: .models)
    fallback = try members.decodeIfPresent([String].self, forKey: .fallback) ?? []
    tenants = try members.decodeIfPresent(Tenants.self, forKey: .tenants) ?? Tenants()
  }

  /// What is read of a file that is not right, for words about it.
  private struct Names: Decodable {
    struct Named: Decodable { let name: String? }
    let models: [Named]
  }

  private enum LimitKeys: String, CodingKey, CaseIterable {
    case requestsPerMinute = "requests_per_minute"
    case tokensPerDay = "tokens_per_day"
    case costPerDay = "cost_per_day"
  }

  /// The bounds among the keys of a mapping.
  private static func limits(_ decoder: any Decoder) throws -> UseLimits {
    let members = try decoder.container(keyedBy: LimitKeys.self)
    return UseLimits(
      requestsPerMinute: try members.bounded(.requestsPerMinute, 0...1_000_000_000),
      tokensPerDay: try members.bounded(.tokensPerDay, 0...1_000_000_000_000_000),
      costPerDayMicros: try members.bounded(.costPerDay, 0...1e12).map { Int64(($0 * 1_000_000).rounded()) })
  }

  // MARK: What it holds

  struct Entry: Decodable {
    let name: String
    let provider: String
    let url: String
    let apiVersion: String?
    let model: String?
    let key: String?
    let keyFile: String?
    let timeoutSeconds: Double
    let contextTokens: Int
    let tools: Bool
    let price: ModelPrice?
    let limits: UseLimits

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case name, provider, url
      case apiVersion = "api_version"
      case model, key
      case keyFile = "key_file"
      case timeoutSeconds = "timeout_seconds"
      case contextTokens = "context_tokens"
      case tools, price
    }

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(otherThan: CodingKeys.names + LimitKeys.names)
      let members = try decoder.container(keyedBy: CodingKeys.self)
      name = try members.decode(String.self, forKey: .name)
      provider = try members.decodeIfPresent(String.self, forKey: .provider) ?? "openai"
      url = try members.decode(String.self, forKey: .url)
      apiVersion = try members.decodeIfPresent(String.self, forKey: .apiVersion)
      model = try members.decodeIfPresent(String.self, forKey: .model)
      key = try members.decodeIfPresent(String.self, forKey: .key)
      keyFile = try members.decodeIfPresent(String.self, forKey: .keyFile)
      timeoutSeconds = try members.bounded(.timeoutSeconds, 0.001...86_400) ?? 60
      contextTokens = try members.bounded(.contextTokens, 512...1_000_000_000) ?? 8_192
      tools = try members.decodeIfPresent(Bool.self, forKey: .tools) ?? true
      price = try members.decodeIfPresent(Price.self, forKey: .price).map {
        ModelPrice(input: $0.input, output: $0.output)
      }
      limits = try ModelsFile.limits(decoder)
    }
  }

  private struct Price: Decodable {
    let input: Double
    let output: Double

    enum CodingKeys: String, CodingKey, CaseIterable { case input, output }

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(otherThan: CodingKeys.names)
      let members = try decoder.container(keyedBy: CodingKeys.self)
      input = try members.bounded(.input, 0...1e9) ?? members.decode(Double.self, forKey: .input)
      output = try members.bounded(.output, 0...1e9) ?? members.decode(Double.self, forKey: .output)
    }
  }

  struct Tenants: Decodable {
    let limits: UseLimits
    /// By tenant.
    let limitsOfOthers: [String: UseLimits]

    private enum CodingKeys: String, CodingKey, CaseIterable { case others }

    init() {
      limits = UseLimits()
      limitsOfOthers = [:]
    }

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(otherThan: CodingKeys.names + LimitKeys.names)
      limits = try ModelsFile.limits(decoder)
      let members = try decoder.container(keyedBy: CodingKeys.self)
      let others = try members.decodeIfPresent([Other].self, forKey: .others) ?? []
      limitsOfOthers = Dictionary(others.map { ($0.tenant, $0.limits) }) { first, _ in first }
      guard limitsOfOthers.count == others.count else {
        throw DecodingError.dataCorruptedError(
          forKey: .others, in: members, debugDescription: "a tenant stands twice")
      }
    }
  }

  private struct Other: Decodable {
    let tenant: String
    let limits: UseLimits

    enum CodingKeys: String, CodingKey, CaseIterable { case tenant }

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(otherThan: CodingKeys.names + LimitKeys.names)
      let members = try decoder.container(keyedBy: CodingKeys.self)
      let id = try members.decode(String.self, forKey: .tenant)
      guard UUID(uuidString: id) != nil else {
        throw DecodingError.dataCorruptedError(
          forKey: .tenant, in: members, debugDescription: "\(id) is no id of a tenant")
      }
      tenant = id.lowercased()
      limits = try ModelsFile.limits(decoder)
    }
  }
}
