import Foundation
import JSON
import Synchronization

/// One visitor: what was written, and what came back on the event stream.
final class BenchVisitor: Sendable {
  struct Measured: Sendable {
    let message: BenchUserMessage
    /// From the post to the first token; nil where it cannot be told whose token it was.
    let firstToken: Duration?
    /// From the post to the whole reply.
    let reply: Duration
  }

  private struct Written {
    let clientID: String
    let at: ContinuousClock.Instant
    var id: String?
    var firstToken: Duration?
    var isAnswered = false
  }

  private struct State {
    var written: [Written] = []
    /// How many of them were echoed, and answered, from the first on.
    var echoed = 0
    var answered = 0
    var problems: [String] = []
  }

  let number: Int
  private let state = Mutex(State())

  init(number: Int) { self.number = number }

  var problems: [String] { state.withLock { $0.problems } }
  var unanswered: Int { state.withLock { $0.written.count - $0.answered } }

  /// Notes the next message, before it is posted.
  func write(at now: ContinuousClock.Instant) -> (message: BenchUserMessage, clientID: String) {
    state.withLock { state in
      let clientID = UUID().uuidString.lowercased()
      state.written.append(Written(clientID: clientID, at: now))
      return (BenchUserMessage(user: number, number: state.written.count - 1), clientID)
    }
  }

  /// Takes an event of the stream; what was measured when it is a reply.
  func receive(_ event: BenchStreamEvent, at now: ContinuousClock.Instant) -> [Measured] {
    switch event {
    case .delta:
      state.withLock { state in
        // With several under way, one reply answers them all, and the token is the reply's.
        guard let open = state.written.indices.last, state.answered == open else { return }
        state.written[open].firstToken = state.written[open].firstToken ?? (now - state.written[open].at)
      }
      return []
    case .message(let data):
      guard let message = try? JSONValue(parsing: data) else {
        note("an event is not JSON: \(String(decoding: data.prefix(200), as: UTF8.self))")
        return []
      }
      return message["direction"]?.string == "inbound" ? echo(message) : reply(message, at: now)
    }
  }

  /// The visitor's own messages come back in the order in which they were posted.
  private func echo(_ message: JSONValue) -> [Measured] {
    state.withLock { state in
      let place = state.written.firstIndex { $0.clientID == message["client_id"]?.string }
      guard let place else {
        state.problems.append("visitor \(number) is told a message that it never wrote")
        return
      }
      // A stream that is taken up again may tell what it has told.
      guard state.written[place].id == nil else { return }
      if place != state.echoed {
        state.problems.append("visitor \(number): message \(place) is out of order")
      }
      state.echoed = max(state.echoed, place + 1)
      state.written[place].id = message["id"]?.string
    }
    return []
  }

  private func reply(_ message: JSONValue, at now: ContinuousClock.Instant) -> [Measured] {
    let answers = message["answers"]?.array?.compactMap(\.string) ?? []
    return state.withLock { state in
      answers.compactMap { id in
        guard let place = state.written.firstIndex(where: { $0.id == id }) else {
          state.problems.append("visitor \(number): a reply answers what was never told")
          return nil
        }
        guard !state.written[place].isAnswered else {
          state.problems.append("visitor \(number): message \(place) was answered twice")
          return nil
        }
        if place != state.answered {
          state.problems.append("visitor \(number): answer \(place) is out of order")
        }
        state.written[place].isAnswered = true
        state.answered += 1
        let written = state.written[place]
        return Measured(
          message: BenchUserMessage(user: number, number: place), firstToken: written.firstToken,
          reply: now - written.at)
      }
    }
  }

  private func note(_ problem: String) {
    state.withLock { $0.problems.append("visitor \(number): \(problem)") }
  }
}
