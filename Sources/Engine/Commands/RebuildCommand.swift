import ArgumentParser
import Contracts
import Foundation
import Postgres
import Projections
import UnixSignals

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Build a projection anew beside the live one, compare both, and switch.",
    discussion: """
      A projection that is new, or whose SQL changed and whose version was raised, is filled from the whole log in \
      the same way. A rebuild that was stopped goes on where it stood when it is started again. While the engine \
      works, the rebuild holds itself back: its process is as nice as can be, and it rests after each piece of work, the \
      longer the more that slows live work. SIGUSR1 pauses it where it is held back, SIGUSR2 lets it go on.
      """)

  /// Of the differences by day and tenant, how many are printed.
  private static let shownChanges = 200

  @Argument(help: "The projection: the name of a folder in projections/.") var name: String
  @Flag(help: "Build and say what differs by day and tenant, but leave the live one where it is.")
  var compare = false
  @Flag(name: .customLong("switch"), help: "Make live what --compare built.") var moves = false
  @Flag(help: "Throw away what --compare built, or what an interrupted rebuild left.") var drop = false
  @Option(help: "With --compare: also write the differences to this file, as CSV.") var csv: String?
  @Option(help: "Only this tenant's rows.") var tenant: String?
  @Option(help: "The first day, yyyy-mm-dd, UTC.") var from: String?
  @Option(help: "The day after the last.") var to: String?
  @Option(help: "Only events of this type; may be repeated.") var type: [String] = []
  @Flag(help: "Switch although an unchanged version came out different.") var acceptDifferences = false
  @Option(help: "How much larger the p99 of live work may become meanwhile, in percent.") var growth = 20
  @Flag(help: "Build as fast as the machine can, whatever that does to live work.") var unthrottled = false

  func validate() throws {
    guard [compare, moves, drop].count(where: { $0 }) <= 1 else {
      throw ValidationError("--compare, --switch and --drop exclude each other")
    }
    guard csv == nil || compare else { throw ValidationError("--csv goes with --compare") }
    guard (1...1_000).contains(growth) else { throw ValidationError("--growth is 1 to 1000") }
  }

  func run() async throws {
    let throttle = try makeThrottle()
    try await Foundations.with(connections: 4) { try await run($0, throttle) }
  }

  private func makeThrottle() throws -> BackfillThrottle? {
    guard !unthrottled else { return nil }
    let url = try Configuration().databaseURL
    return Niceness.yield { BackfillThrottle(url: url, growth: Double(growth) / 100) }
  }

  private func run(_ foundations: Foundations, _ throttle: BackfillThrottle?) async throws {
    let rebuild = Rebuild(
      log: foundations.log, pool: foundations.pool, keys: foundations.keyring.source,
      logger: foundations.logger)
    if drop {
      let gone = try await heldBack(by: throttle) { [name] meter in
        try await rebuild.drop(name, throttle, onProgress: meter.show)
      }
      return print(gone.isEmpty ? "nothing waits to be dropped" : "dropped \(gone.joined(separator: ", "))")
    }
    let definition = try ProjectionDefinition.load(foundations.home.folder("projections/\(name)"))
    let scope = RebuildScope(
      tenant: try tenant.map { text in
        guard let id = TenantID(text) else { throw ValidationError("--tenant is not a uuid") }
        return id
      }, from: from, to: to, types: type.isEmpty ? nil : type)
    if moves, try await !rebuild.isBuilt(definition, scope) {
      throw ValidationError(
        "nothing was built of these files of \(name); run: aigentable rebuild \(name) --compare")
    }
    let isLittle = try await Rebuild.isLittle(definition, in: foundations.log)
    let options = Rebuild.Options(
      scope: scope, acceptsDifferences: acceptDifferences || moves, throttle: isLittle ? nil : throttle)
    let report = try await heldBack(by: options.throttle) { [compare] meter in
      compare
        ? try await rebuild.compare(definition, options, onProgress: meter.show)
        : try await rebuild.run(definition, options, onProgress: meter.show)
    }
    try tell(report)
  }

  /// Shows how far `work` has come.
  private func heldBack<R: Sendable>(
    by throttle: BackfillThrottle?, _ work: @escaping @Sendable (ProgressPrinter) async throws -> R
  ) async throws -> R {
    let meter = ProgressPrinter(throttle)
    defer { meter.end() }
    guard let throttle else { return try await work(meter) }
    let signals = await UnixSignalsSequence(trapping: .sigusr1, .sigusr2)
    let listener = Task {
      for await signal in signals { signal == .sigusr1 ? throttle.pause() : throttle.resume() }
    }
    defer { listener.cancel() }
    return try await throttle.watching { try await work(meter) }
  }

  private func tell(_ report: RebuildReport) throws {
    for table in report.tables { print(table) }
    for change in report.changes.prefix(Self.shownChanges) { print(change.lines) }
    let more = report.changes.count - Self.shownChanges
    if more > 0 { print("and \(more) more by day and tenant, all of which --csv FILE holds") }
    if let csv {
      let text = ([Change.csvHeader] + report.changes.flatMap(\.csvLines)).joined(separator: "\n") + "\n"
      try Data(text.utf8).write(to: URL(fileURLWithPath: csv), options: .atomic)
    }
    let rate = report.seconds > 0 ? Double(report.applied) / report.seconds : 0
    let work =
      "\(report.applied) events in " + String(format: "%.1f s, %.0f/s", report.seconds, rate)
      + (report.parked > 0 ? ", \(report.parked) parked" : "")
    if report.isLive { return print("\(name) is live as \(report.schema): \(work)") }
    print("\(report.schema) is built and not live: \(work)")
    if compare, report.tables.isEmpty { print("nothing of \(name) is live to compare it with") }
    print(
      "make it live: aigentable rebuild \(name) --switch, or throw it away: aigentable rebuild \(name) --drop"
    )
  }
}

extension Change {
  fileprivate var lines: String {
    let head =
      "\(table)\(day.map { "  \($0)" } ?? "")  tenant \(tenant): \(differences) rows differ"
      + (liveRows == builtRows ? "" : ", \(liveRows) live and \(builtRows) built")
    return ([head] + sums.map { "    \($0.column)  \($0.live ?? "-") -> \($0.built ?? "-")" })
      .joined(separator: "\n")
  }

  fileprivate static var csvHeader: String { "table,tenant,day,column,live,built" }

  /// One line for the rows that differ, and one for each sum.
  fileprivate var csvLines: [String] {
    let place = "\(table),\(tenant),\(day ?? "")"
    return ["\(place),(rows),\(liveRows),\(builtRows)", "\(place),(rows that differ),0,\(differences)"]
      + sums.map { "\(place),\($0.column),\($0.live ?? ""),\($0.built ?? "")" }
  }
}
