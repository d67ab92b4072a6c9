import ArgumentParser
import Contracts
import Foundation
import Postgres
import Projections
import Synchronization

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Build a projection anew beside the live one, compare both, and switch.",
    discussion: "A rebuild that was stopped goes on where it stood when it is started again.")

  @Argument(help: "The projection: the name of a folder in projections/.") var name: String
  @Option(help: "Only this tenant's rows.") var tenant: String?
  @Option(help: "The first day, yyyy-mm-dd, UTC.") var from: String?
  @Option(help: "The day after the last.") var to: String?
  @Option(help: "Only events of this type; may be repeated.") var type: [String] = []
  @Flag(help: "Switch although an unchanged version came out different.") var acceptDifferences = false

  func run() async throws { try await Foundations.with(connections: 4) { try await rebuild($0) } }

  private func rebuild(_ foundations: Foundations) async throws {
    let definition = try ProjectionDefinition.load(foundations.home.folder("projections/\(name)"))
    var bound: TenantID?
    if let tenant {
      guard let id = TenantID(tenant) else { throw ValidationError("--tenant is not a uuid") }
      bound = id
    }
    let scope = RebuildScope(tenant: bound, from: from, to: to, types: type.isEmpty ? nil : type)
    let rebuild = Rebuild(
      log: foundations.log, pool: foundations.pool, keys: foundations.keyring.source,
      logger: foundations.logger)
    let meter = ProgressPrinter()
    let result: Result<RebuildReport, any Error>
    do {
      result = .success(
        try await rebuild.run(
          definition, .init(scope: scope, acceptsDifferences: acceptDifferences), onProgress: meter.show))
    } catch { result = .failure(error) }
    meter.end()
    let report = try result.get()
    for table in report.tables { print(table) }
    let rate = report.seconds > 0 ? Double(report.applied) / report.seconds : 0
    print(
      "\(name) is live as \(report.schema): \(report.applied) events in "
        + String(format: "%.1f s, %.0f/s", report.seconds, rate)
        + (report.parked > 0 ? ", \(report.parked) parked" : ""))
  }
}

/// Shows how far a rebuild has come, on one line that is written anew, at most five times a second.
private final class ProgressPrinter: Sendable {
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  func show(_ progress: RebuildProgress) {
    let now = ContinuousClock.now
    let isTime = last.withLock { last in
      if let last, now - last < .milliseconds(200) { return false }
      last = now
      return true
    }
    guard isTime else { return }
    let left = progress.secondsLeft.map { String(format: ", %.0f s left", $0) } ?? ""
    let line = String(
      format: "\r%lld of %lld, %.0f/s", progress.done, progress.total, progress.perSecond)
    FileHandle.standardError.write(Data((line + left + "   ").utf8))
  }

  func end() {
    guard last.withLock({ $0 != nil }) else { return }
    FileHandle.standardError.write(Data("\n".utf8))
  }
}
