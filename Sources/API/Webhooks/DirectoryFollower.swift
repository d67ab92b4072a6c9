import Contracts
import EventLog
import Logging
import Pipeline
import ServiceLifecycle

/// Keeps the directory of this process up with the log, so that a key that was revoked or a connection that
/// was disabled elsewhere stops working here without being asked for.
struct DirectoryFollower: Service {
  private let directory: Directory
  private let log: any EventLog
  private let logger: Logger

  init(_ directory: Directory, log: any EventLog, logger: Logger) {
    self.directory = directory
    self.log = log
    self.logger = logger
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do { try await follow() } catch {
          if Task.isCancelled { return }
          logger.warning("the directory cannot be followed now", metadata: ["error": "\(error)"])
          try? await Task.sleep(for: .seconds(1))
        }
      }
    }
  }

  private func follow() async throws {
    var known = try await directory.catchUp().known
    let reader = try await log.reader(
      from: [
        Cursor(TopicPartition(.agents, Partition(0)), known.agents),
        Cursor(TopicPartition(.tenants, Partition(0)), known.tenants),
      ], types: [])
    do {
      while true {
        _ = try await reader.next(limit: 1_000)
        known = try await directory.catchUp().known
      }
    } catch {
      await reader.close()
      throw error
    }
  }
}
