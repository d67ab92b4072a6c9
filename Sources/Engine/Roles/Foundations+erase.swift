import EventLog
import KafkaLog
import Logging
import Postgres
import Privacy

extension Foundations {
  /// Does again what was erased after the backup that this database may come from, before anything runs on it: keys, and
  /// with them the rows of stages and read models. Returns how many contacts that were. `with` does it first of all.
  func eraseAgain() async throws -> Int {
    // On Kafka the log can be read to its end only once what waits in the outbox is published.
    let relaying = relay.map { relay in
      Task(executorPreference: Surroundings.executor) { try await relay.run() }
    }
    let result: Result<Int, any Error>
    do {
      result = .success(try await ErasureReplay(log: log, pool: pool, journal: erasureJournal).run())
    } catch { result = .failure(error) }
    relaying?.cancel()
    _ = await relaying?.result
    let count = try result.get()
    if count > 0 { logger.notice("contacts were erased again", metadata: ["count": "\(count)"]) }
    // Also of an earlier start that did not come to its end. An erasure that is old is ripe for all of its steps; what is
    // young is the eraser's that runs beside everything else.
    let eraser = Eraser(pool: pool, logger: logger)
    do {
      var isWanted = count > 0
      if !isWanted { isWanted = try await eraser.isBehind() }
      if isWanted { try await eraser.work() }
    } catch {
      // Where nothing was restored, somebody may work already; and where only pages are left to be cleaned, the rows are
      // gone. The eraser that runs there goes on with it.
      guard count == 0 || (error as? PostgresError)?.sqlState == PageCleaner.lockTimeout else { throw error }
      logger.notice("erased contacts are removed later", metadata: ["why": "\(error)"])
    }
    return count
  }
}
