import Foundation
import JSON
import Synchronization
import TestServers

/// An embedding server that knows three meanings: money, trains, and all else.
final class EmbeddingServer: Sendable {
  private final class Work: Sendable {
    let held = Signal()
    let state = Mutex<(answered: [String], stop: String?)>(([], nil))
    let refused = Mutex<String?>(nil)

    /// Nil for those that are held.
    func vectors(of texts: [String]) -> [String]? {
      let isHeld = state.withLock { state in
        if let stop = state.stop, texts.contains(where: { $0.hasPrefix(stop) }) {
          state.stop = nil
          return true
        }
        state.answered += texts
        return false
      }
      if isHeld {
        held.send()
        return nil
      }
      return texts.map { text in
        if text.contains("Reimbursement") || text.contains("what you paid") { return "[1,0,0,0]" }
        if text.contains("Departures") || text.contains("Trains") { return "[0,1,0,0]" }
        return "[0,0,1,0]"
      }
    }
  }

  private let work: Work
  private let server: SocketServer

  init() throws {
    let work = Work()
    self.work = work
    server = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let texts = (try? JSONValue(parsing: request.body))?["input"]?.array?.compactMap(\.string) ?? []
        let isRefused = work.refused.withLock { start in
          start.map { start in texts.contains { $0.hasPrefix(start) } } ?? false
        }
        guard !isRefused else {
          connection.respond("400 Bad Request", "{}")
          continue
        }
        guard let vectors = work.vectors(of: texts) else { return connection.waitForClose() }
        let data = vectors.enumerated().map { #"{"index":\#($0.offset),"embedding":\#($0.element)}"# }
        connection.respond("200 OK", #"{"data":[\#(data.joined(separator: ","))]}"#)
      }
    }
  }

  var settings: [String: String] {
    [
      "AIGENTABLE_EMBEDDING_URL": server.url, "AIGENTABLE_EMBEDDING_MODEL": "four",
      "AIGENTABLE_EMBEDDING_DIMENSIONS": "4",
    ]
  }

  /// Every text whose vector was given, as often as it was.
  var answered: [String] { work.state.withLock { $0.answered } }
  /// How many calls were held.
  var held: Int { work.held.value }

  /// The next call with a text that begins so gets no answer.
  func hold(_ text: String) { work.state.withLock { $0.stop = text } }

  /// Calls with a text that begins so are refused, until this is nil.
  func refuse(_ text: String?) { work.refused.withLock { $0 = text } }

  func stop() { server.stop() }
}
