import ArgumentParser
import Foundation
import HTTPClient
import Knowledge
import Pipeline
import Yams

/// The settings of the engine: from the environment, or a YAML file with the same keys that
/// `AIGENTABLE_CONFIG` names; the environment goes first.
struct Configuration: Sendable {
  enum LogChoice: Sendable {
    case postgres
    /// A `kafka://` URL.
    case kafka(String)
  }

  let values: [String: String]

  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    var values: [String: String] = [:]
    if let path = environment["AIGENTABLE_CONFIG"], !path.isEmpty {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      guard let file = try Yams.load(yaml: text) as? [String: Any] else {
        throw ConfigurationError("\(path) holds no mapping of settings")
      }
      for (key, value) in file {
        guard key.hasPrefix("AIGENTABLE_") else {
          throw ConfigurationError("\(path): '\(key)' is not a setting; settings begin with AIGENTABLE_")
        }
        values[key] = "\(value)"
      }
    }
    for (key, value) in environment where key.hasPrefix("AIGENTABLE_") && !value.isEmpty {
      values[key] = value
    }
    self.values = values
  }

  func value(_ key: String) -> String? { values[key] }

  var databaseURL: String {
    get throws {
      guard let url = value("AIGENTABLE_DATABASE_URL") else {
        throw ConfigurationError(
          "AIGENTABLE_DATABASE_URL is not set; it names the Postgres to use, as postgresql://user@host:port/name"
        )
      }
      return url
    }
  }

  var log: LogChoice {
    get throws {
      let choice = value("AIGENTABLE_LOG") ?? "postgres"
      if choice == "postgres" { return .postgres }
      if choice.hasPrefix("kafka://") { return .kafka(choice) }
      throw ConfigurationError("AIGENTABLE_LOG is neither postgres nor a kafka:// url")
    }
  }

  var whatsAppBaseURL: String { value("AIGENTABLE_WHATSAPP_BASE_URL") ?? "https://graph.facebook.com" }

  var messengerBaseURL: String { value("AIGENTABLE_MESSENGER_BASE_URL") ?? "https://graph.facebook.com" }
  var instagramBaseURL: String { value("AIGENTABLE_INSTAGRAM_BASE_URL") ?? "https://graph.instagram.com" }
  var telegramBaseURL: String { value("AIGENTABLE_TELEGRAM_BASE_URL") ?? "https://api.telegram.org" }
  /// A PEM file of the authorities to trust for mail servers, instead of the system's.
  var mailAuthorities: String? { value("AIGENTABLE_MAIL_CA_FILE") }

  /// How long a report of a message is awaited before it is sent again, after its call may have been carried out.
  var settlingWindow: Duration {
    get throws {
      guard let seconds = Double(value("AIGENTABLE_SETTLE_SECONDS") ?? "30"), (1...3_600).contains(seconds)
      else { throw ConfigurationError("AIGENTABLE_SETTLE_SECONDS is no number of seconds, 1 to 3600") }
      return .seconds(seconds)
    }
  }

  /// The chat model, when one is configured.
  var model: (url: String, name: String, key: String?)? {
    get throws {
      guard let url = value("AIGENTABLE_MODEL_URL") else { return nil }
      guard let name = value("AIGENTABLE_MODEL") else {
        throw ConfigurationError("AIGENTABLE_MODEL_URL is set, but AIGENTABLE_MODEL does not say which model")
      }
      return (url, name, value("AIGENTABLE_MODEL_KEY"))
    }
  }

  /// How often the engine seals the log by itself; nil: it leaves that to `aigentable audit checkpoint`.
  var checkpointInterval: Duration? {
    get throws {
      guard let text = value("AIGENTABLE_CHECKPOINT_MINUTES") else { return .seconds(3_600) }
      guard let minutes = Double(text), minutes >= 0, minutes <= 100_000 else {
        throw ConfigurationError("AIGENTABLE_CHECKPOINT_MINUTES is a number of minutes, or 0 for never")
      }
      return minutes == 0 ? nil : .seconds(minutes * 60)
    }
  }

  /// Where it puts every checkpoint outside of the database.
  var checkpoints: String? { value("AIGENTABLE_CHECKPOINTS") }

  /// The value of `Authorization` for a store of checkpoints that is reached by HTTP.
  var auditAuthorization: String? { value("AIGENTABLE_AUDIT_AUTHORIZATION") }

  /// Whether sources may lie in a private network.
  var crawlsPrivateAddresses: Bool { value("AIGENTABLE_CRAWL_PRIVATE") == "yes" }

  /// What embeds, when something is configured: a server by its address, or else the local one.
  var embedding: EmbeddingChoice? {
    get throws {
      let languages = value("AIGENTABLE_EMBEDDING_LANGUAGES").map {
        Set($0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
      }
      guard let url = value("AIGENTABLE_EMBEDDING_URL") else {
        return value("AIGENTABLE_EMBEDDER").map { .local(python: $0) }
      }
      guard let name = value("AIGENTABLE_EMBEDDING_MODEL") else {
        throw ConfigurationError(
          "AIGENTABLE_EMBEDDING_URL is set, but AIGENTABLE_EMBEDDING_MODEL does not say which model")
      }
      guard let dimensions = value("AIGENTABLE_EMBEDDING_DIMENSIONS").flatMap({ Int($0) }),
        (1...4_000).contains(dimensions)
      else {
        throw ConfigurationError(
          "AIGENTABLE_EMBEDDING_DIMENSIONS must say how many numbers a vector of \(name) has, 1 to 4000")
      }
      var prefixes: [EmbeddingPurpose: String] = [:]
      prefixes[.question] = value("AIGENTABLE_EMBEDDING_QUESTION_PREFIX")
      prefixes[.passage] = value("AIGENTABLE_EMBEDDING_PASSAGE_PREFIX")
      return .server(
        url: url, key: value("AIGENTABLE_EMBEDDING_KEY"),
        model: EmbeddingModel(name: name, dimensions: dimensions, languages: languages), prefixes: prefixes)
    }
  }

  /// Where the vectors of the next index lie.
  var vectorStore: VectorStoreChoice {
    get throws {
      try VectorStoreChoice(
        value("AIGENTABLE_VECTOR_STORE") ?? "postgres", key: value("AIGENTABLE_VECTOR_STORE_KEY"))
    }
  }

  /// What puts passages into a better order, when that is configured.
  func reranker(_ client: HTTPClient) throws -> (any Reranker)? {
    guard let url = value("AIGENTABLE_RERANK_URL") else { return nil }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw ConfigurationError("AIGENTABLE_RERANK_URL is no address that begins with http:// or https://")
    }
    guard let model = value("AIGENTABLE_RERANK_MODEL") else {
      throw ConfigurationError(
        "AIGENTABLE_RERANK_URL is set, but AIGENTABLE_RERANK_MODEL does not say which model")
    }
    let milliseconds = value("AIGENTABLE_RERANK_MILLISECONDS") ?? "800"
    guard let bound = Int(milliseconds), (10...60_000).contains(bound) else {
      throw ConfigurationError("AIGENTABLE_RERANK_MILLISECONDS is no number of milliseconds, 10 to 60000")
    }
    return HTTPReranker(
      url: url, model: model, key: value("AIGENTABLE_RERANK_KEY"), timeout: .milliseconds(bound),
      client: client)
  }

  /// A YAML file that describes several models.
  var modelsFile: String? { value("AIGENTABLE_MODELS") }

  /// The hosts that agents' tools may call.
  var toolHosts: String { value("AIGENTABLE_TOOL_HOSTS") ?? "" }

  /// Where the master key lies; `AIGENTABLE_MASTER_KEY` may hold the key itself instead.
  var masterKeyFile: URL {
    URL(fileURLWithPath: value("AIGENTABLE_MASTER_KEY_FILE") ?? ".aigentable/master.key")
  }
  var masterKey: String? { value("AIGENTABLE_MASTER_KEY") }

  /// Where providers fetch files from this engine; nil without an address of `https`.
  var fileLinks: FileLinks? { value("AIGENTABLE_URL").flatMap(FileLinks.init(publicURL:)) }

  func publicURL(port: Int) -> String { value("AIGENTABLE_URL") ?? "http://127.0.0.1:\(port)" }
}

struct ConfigurationError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
