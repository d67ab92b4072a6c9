import ArgumentParser
import Audit
import Contracts
import Foundation
import HTTPClient
import JSON
import Pipeline
import Replay

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Seal the log with signed checkpoints, verify it, prove events.",
    subcommands: [
      AuditCheckpoint.self, AuditVerify.self, AuditProve.self, AuditExport.self, AuditTimeline.self,
      AuditKey.self,
    ])
}

struct AuditCheckpoint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Extend the trees over all partitions to their ends and sign them.",
    discussion: "A checkpoint that was stopped goes on where it stood when it is made again.")

  @Option(
    help:
      "Also write every checkpoint that is not there yet outside the database: to a folder, or by PUT to a URL."
  )
  var to: String?

  func run() async throws {
    try await Foundations.with(connections: 4) { foundations in
      let master = try foundations.configuration.loadMasterKey()
      let made = try await Checkpointer(log: foundations.log, pool: foundations.pool, master: master).run(
        at: Date())
      if let to {
        let stored = try await Checkpoints.load(from: foundations.pool)
        guard let key = stored.key else { throw AuditError(.noCheckpoint, "there is no signing key") }
        try await foundations.configuration.checkpointPlace(to).add(stored.entries, key: key)
      }
      let events = made.checkpoint.trees.reduce(0) { $0 + $1.size }
      print("checkpoint \(made.checkpoint.number) covers \(events) events; its hash is \(made.signed.hash)")
    }
  }
}

struct AuditVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read the log again and hold it against the checkpoints.",
    discussion: "The exit status is 1 when anything differs.")

  @Option(
    help: "The folder or URL of checkpoints kept outside, which are believed before those of the database.")
  var checkpoints: String?
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let report = try await Foundations.with(connections: 4) { foundations in
      try await Verifier(log: foundations.log, pool: foundations.pool, now: Date())
        .run(against: checkpoints.map { try foundations.configuration.checkpointPlace($0) })
    }
    if json {
      print(String(decoding: try JSON.encode(report), as: UTF8.self))
    } else {
      for difference in report.differences { print(difference) }
      let seconds = (clock.now - start) / .seconds(1)
      print(
        "\(report.events) events read"
          + String(format: " in %.1f s, %.0f/s, ", seconds, Double(report.events) / seconds)
          + "against \(report.checkpoints) checkpoints"
          + (report.expired > 0 ? "; \(report.expired) inbound events are past their 30 days" : ""))
      print(report.differences.isEmpty ? "nothing differs" : "\(report.differences.count) differences")
    }
    if !report.differences.isEmpty { throw ExitCode(1) }
  }
}

struct AuditProve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Prove that an event is covered by a checkpoint.",
    discussion: "ops/verify-proof.py checks the JSON without the engine.")

  @Argument(help: "The id of the event.") var event: String
  @Option(help: "The number of the checkpoint; the last one by default.") var checkpoint: Int64?
  @Flag(help: "Print the proof as one JSON object.") var json = false

  func run() async throws {
    guard let id = EventID(event) else { throw ValidationError("'\(event)' is not the id of an event") }
    let proof = try await Foundations.with(connections: 4) { foundations in
      try await Prover(log: foundations.log, pool: foundations.pool).prove(id, at: checkpoint)
    }
    if json { return print(String(decoding: try JSON.encode(proof), as: UTF8.self)) }
    print(
      "event \(proof.event) is leaf \(proof.leaf) of \(proof.topic.rawValue)/\(proof.partition) in checkpoint "
        + "\(try proof.checkpoint.opened().number), by a path of \(proof.path.count) hashes")
  }
}

struct AuditExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Write what the log holds of a conversation, a contact or a tenant to an lz4 file, with proofs.",
    discussion: """
      Private parts stay sealed. Of a contact the webhooks and mails that told of nobody else are in it as well; others \
      are named in the manifest, with why. ops/verify-export.py checks the file without the engine.
      """)

  @Option(help: "The id of a conversation.") var conversation: String?
  @Option(help: "The id of a contact: all conversations that the contact was in.") var contact: String?
  @Option(help: "The id of a tenant: every event of it.") var tenant: String?
  @Option(help: "The file to write.") var to: String

  private var subject: ExportSubject {
    get throws {
      switch (
        try Self.id(conversation, ConversationID.init), try Self.id(contact, ContactID.init),
        try Self.id(tenant, TenantID.init)
      ) {
      case (let id?, nil, nil): .conversation(id)
      case (nil, let id?, nil): .contact(id)
      case (nil, nil, let id?): .tenant(id)
      default: throw ValidationError("give one of --conversation, --contact and --tenant")
      }
    }
  }

  private static func id<R>(_ text: String?, _ make: (String) -> R?) throws -> R? {
    guard let text else { return nil }
    guard let id = make(text) else { throw ValidationError("'\(text)' is not a uuid") }
    return id
  }

  func validate() throws { _ = try subject }

  func run() async throws {
    let subject = try subject
    let (report, withheld) = try await Foundations.with(connections: 4) { foundations in
      let bodies = try await bodies(of: subject, foundations)
      let report = try await Exporter(log: foundations.log, pool: foundations.pool)
        .export(subject, bodies: bodies, to: URL(fileURLWithPath: to), at: Date())
      return (report, bodies.withheld.count)
    }
    print("\(to): \(report.events) events, each with its proof in checkpoint \(report.checkpoint)")
    if report.later > 0 {
      print("\(report.later) later events are not in it; run: aigentable audit checkpoint, and export again")
    }
    if withheld > 0 {
      print("\(withheld) webhooks and mails told, or may have told, of others, too; the manifest names them")
    }
  }

  private func bodies(of subject: ExportSubject, _ foundations: Foundations) async throws -> ExportedBodies {
    guard case .contact(let contact) = subject else { return .none }
    let bodies = try await PersonTrail(
      log: foundations.log, pool: foundations.pool, keyring: foundations.keyring
    ).forEachRaw(
      of: contact, readBy: foundations.configuration.channels,
      knowing: try await foundations.directory.catchUp()
    ) { _ in }
    return ExportedBodies(
      own: bodies.own, withheld: bodies.withheld.map { .init(event: $0.key, why: $0.value.why) })
  }
}

struct AuditKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Print the public key that checkpoints are verified with, in PEM.")

  func run() async throws {
    try await Foundations.with(connections: 4) { foundations in
      guard let key = try await Checkpoints.load(from: foundations.pool).key else {
        throw AuditError(.noCheckpoint, "there is no key before the first checkpoint; run: audit checkpoint")
      }
      print(key.pem, terminator: "")
    }
  }
}

extension Configuration {
  /// A place for checkpoints: a URL of http or https, or a folder.
  func checkpointPlace(_ text: String) throws -> any CheckpointPlace {
    if text.hasPrefix("http://") || text.hasPrefix("https://") {
      return CheckpointStore(url: text, authorization: auditAuthorization, client: HTTPClient())
    }
    let path = text.hasPrefix("file://") ? String(text.dropFirst(7)) : text
    guard !path.contains("://") else {
      throw ConfigurationError("checkpoints go to a folder, or a URL of http or https, not to \(text)")
    }
    return CheckpointFolder(URL(fileURLWithPath: path))
  }
}
