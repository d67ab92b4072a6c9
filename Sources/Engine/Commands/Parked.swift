import ArgumentParser
import Contracts
import Foundation
import Pipeline
import Postgres

struct Parked: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See, retry or waive what could not be processed.",
    subcommands: [List.self, Retry.self, Waive.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What is parked, oldest first.")

    func run() async throws {
      let lines = try await Foundations.with(connections: 2) { foundations in
        try await foundations.pool.withConnection { connection in
          try connection.execute("select stage, id, type, tenant, parked_at, parked_reason from stage.parked")
            .map { row in
              "\(row.date(4).formatted(.iso8601))  \(row.text(0))  \(row.text(2))  event \(EventID(row.uuid(1)))"
                + "  tenant \(TenantID(row.uuid(3)))\n    \(row.text(5))"
            }
        }
      }
      print(lines.isEmpty ? "nothing is parked" : lines.joined(separator: "\n"))
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Process a parked event again, in its place.")
    @Argument(help: "The id of the event.") var event: String

    func run() async throws {
      try await change(event, "will be tried again") { try ParkedInputs.retry($1, of: $2, in: $3) }
    }
  }

  struct Waive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a parked event up; what waits behind it goes on.")
    @Argument(help: "The id of the event.") var event: String

    func run() async throws {
      try await change(event, "is given up") {
        try ParkedInputs.waive($1, of: $2, to: $0.log, at: Date(), in: $3)
      }
    }
  }

  private static func change(
    _ event: String, _ done: String,
    _ change: @escaping @Sendable (Foundations, EventID, TenantID, Transaction) throws -> Bool
  ) async throws {
    guard let id = EventID(event) else { throw ValidationError("'\(event)' is not the id of an event") }
    let isParked = try await Foundations.with(connections: 2) { foundations in
      try await foundations.pool.withTransaction { transaction in
        let rows = try transaction.execute("select tenant from stage.parked where id = $1", [.uuid(id.uuid)])
        guard let tenant = rows.first?.uuid(0) else { return false }
        return try change(foundations, id, TenantID(tenant), transaction)
      }
    }
    guard isParked else { throw ValidationError("event \(id) is not parked") }
    print("event \(id) \(done)")
  }
}
