import ArgumentParser
import Contracts
import Foundation
import Keyring
import Pipeline
import Postgres

struct Seed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the demo tenant: an agent, its connections and documents. Doing it again changes nothing."
  )

  @Option(help: "Where the settings of the demo are written.") var demoEnv: String
  @Option(help: "The port that the engine will serve on.") var port = 8080

  func run() async throws { try await Foundations.with(connections: 2) { try await seed($0) } }

  private func seed(_ foundations: Foundations) async throws {
    let demo = try Demo.load(URL(fileURLWithPath: demoEnv))
    let documents = try Demo.documents(in: foundations.home.folder("ops/demo/documents"))
    let provisioning = Provisioning(
      log: foundations.log, keyring: foundations.keyring, source: "/seed", now: Date())
    try await foundations.pool.withTransaction { try demo.create(provisioning, documents, in: $0) }
    try demo.write(
      to: URL(fileURLWithPath: demoEnv), url: foundations.configuration.publicURL(port: port),
      databaseURL: foundations.configuration.databaseURL)
    print("the demo's settings are in \(demoEnv)")
  }
}

/// The demo tenant. Its ids follow from the tenant's, its secrets are random and kept in `demo.env`.
struct Demo: Sendable {
  let tenant: TenantID
  let apiKey: String
  let appSecret: String
  let verifyToken: String

  private func id(_ what: String) -> UUID { UUID.version5(of: what, in: tenant.uuid) }
  var agent: AgentID { AgentID(id("agent")) }
  var chat: ConnectionID { ConnectionID(id("chat")) }
  var whatsApp: ConnectionID { ConnectionID(id("whatsapp")) }

  /// Nobody sits behind the demo: it talks to the end, with whatever stands in for a model.
  static func definition(grounding: String = "free") -> AgentDefinition {
    AgentDefinition(
      instructions: """
        You are the friendly assistant of a small shop. Answer in the language of the customer, in a few
        short sentences.
        """, fallback: "I do not know that, sorry.",
      translations: [
        "de": AgentTranslation(fallback: "Das weiß ich leider nicht."),
        "fr": AgentTranslation(fallback: "Désolé, je ne le sais pas."),
      ], escalation: [], grounding: grounding)
  }

  /// The one that was made before, or a new one.
  static func load(_ file: URL) throws -> Demo {
    var values: [String: String] = [:]
    if let text = try? String(contentsOf: file, encoding: .utf8) {
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
      }
    }
    func secret(_ key: String, _ prefix: String) -> String {
      values[key] ?? prefix
        + (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }
    return Demo(
      tenant: values["AIGENTABLE_TENANT"].flatMap { TenantID($0) } ?? TenantID(UUID.version7()),
      apiKey: secret("AIGENTABLE_API_KEY", "aig_"), appSecret: secret("AIGENTABLE_WHATSAPP_APP_SECRET", ""),
      verifyToken: secret("AIGENTABLE_WHATSAPP_VERIFY_TOKEN", ""))
  }

  static func documents(in folder: URL) throws -> [(name: String, title: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".md") }
      .map { name in
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        let first = String(decoding: data, as: UTF8.self).split(separator: "\n").first ?? Substring(name)
        return (name, String(first.drop { $0 == "#" || $0 == " " }), Array(data))
      }
  }

  func create(
    _ provisioning: Provisioning, _ documents: [(name: String, title: String, bytes: [UInt8])],
    in transaction: Transaction
  ) throws {
    try provisioning.createTenant(tenant, name: "Demo shop", in: transaction)
    try provisioning.createAPIKey(apiKey, name: "demo", tenant: tenant, in: transaction)
    try provisioning.createAgent(
      agent, name: "Demo assistant", definition: Self.definition(), tenant: tenant, in: transaction)
    try provisioning.createConnection(
      .init(connection: chat, channel: .webchat, name: "Website", agent: agent),
      secrets: .init(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil), tenant: tenant,
      in: transaction)
    try provisioning.createConnection(
      // The stand-in takes more than Meta does at first.
      .init(
        connection: whatsApp, channel: .whatsapp, name: "WhatsApp", agent: agent, sendsPerSecond: 1_000),
      secrets: .init(
        account: "100000000000001", appSecret: appSecret, verifyToken: verifyToken,
        accessToken: "demo-access-token"), tenant: tenant, in: transaction)
    for document in documents {
      try provisioning.uploadDocument(
        DocumentID(id(document.name)), title: document.title, mediaType: "text/markdown",
        language: "english", bytes: document.bytes, tenant: tenant, in: transaction)
    }
  }

  func write(to file: URL, url: String, databaseURL: String) throws {
    let text = """
      AIGENTABLE_URL=\(url)
      AIGENTABLE_API_KEY=\(apiKey)
      AIGENTABLE_TENANT=\(tenant)
      AIGENTABLE_CHAT_CONNECTION=\(chat)
      AIGENTABLE_WHATSAPP_CONNECTION=\(whatsApp)
      AIGENTABLE_WHATSAPP_APP_SECRET=\(appSecret)
      AIGENTABLE_WHATSAPP_VERIFY_TOKEN=\(verifyToken)
      AIGENTABLE_DATABASE_URL=\(databaseURL)

      """
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else { throw ConfigurationError("\(file.path) cannot be written") }
  }
}
