import API
import ArgumentParser
import Contracts
import Foundation
import Keyring
import Pipeline
import Postgres
import Privacy
import Projections
import Replay

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write out what is kept of a person.", subcommands: [OfContact.self])

  struct OfContact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "contact",
      abstract:
        "Write everything that is kept about a contact into a folder: as JSON, as a page, the files, and what came as it came."
    )

    @Argument(help: "The contact's id.") var id: String
    @Option(help: "The folder to write; it must not be there.") var to: String

    func run() async throws {
      guard let contact = ContactID(id) else { throw ConfigurationError("'\(id)' is no id of a contact") }
      let folder = URL(fileURLWithPath: to)
      try await Foundations.with(connections: 2) { foundations in
        let tenant = try await tenant(of: contact, foundations.pool)
        let export = PersonExport(
          log: foundations.log, pool: foundations.pool, keyring: foundations.keyring,
          readModels: ReadModels(pool: foundations.pool), isQuick: false)
        guard let json = try await export.json(contact, tenant: tenant) else {
          throw ConfigurationError("nothing is kept about contact \(contact)")
        }
        try FileManager.default.createDirectory(
          at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try Data(json).write(to: folder.appendingPathComponent("contact.json"))
        try Data(try ContactExport.page(json).utf8).write(to: folder.appendingPathComponent("contact.html"))
        let files = folder.appendingPathComponent("files")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: false)
        try await ContactFiles(pool: foundations.pool, keyring: foundations.keyring).forEach(json) {
          id, bytes in
          try Data(bytes).write(to: files.appendingPathComponent("\(id)"))
        }
        let count = try FileManager.default.contentsOfDirectory(atPath: files.path).count
        let raw = folder.appendingPathComponent("raw")
        try FileManager.default.createDirectory(at: raw, withIntermediateDirectories: false)
        let bodies = try await PersonTrail(
          log: foundations.log, pool: foundations.pool, keyring: foundations.keyring
        ).forEachRaw(
          of: contact, readBy: foundations.configuration.channels,
          knowing: try await foundations.directory.catchUp()
        ) { body in
          try Data(body.bytes).write(
            to: raw.appendingPathComponent("\(body.event).\(body.isMail ? "eml" : "json")"))
        }
        let came = try FileManager.default.contentsOfDirectory(atPath: raw.path).count
        print(
          "\(folder.path): contact.json, contact.html, \(count) files by the ids of their attachments, "
            + "\(came) webhooks and mails as they came")
        if !bodies.withheld.isEmpty {
          print("\(bodies.withheld.count) more told, or may have told, of others, too, and are left out")
        }
      }
    }

    private func tenant(of contact: ContactID, _ pool: PostgresPool) async throws -> TenantID {
      let (tenant, isErased) = try await pool.withConnection { connection in
        (
          try connection.execute(
            "select tenant from keyring.key where id = $1 and subject = 'contact'", [.uuid(contact.uuid)]
          ).first.map { TenantID($0.uuid(0)) },
          try !connection.execute("select from privacy.erasure where contact = $1", [.uuid(contact.uuid)])
            .isEmpty
        )
      }
      guard let tenant else {
        throw ConfigurationError(
          isErased ? "contact \(contact) was erased" : "there is no contact \(contact)")
      }
      return tenant
    }
  }
}
