import Foundation
import Simulation

/// Lets every visitor write once in each interval, at a moment of its own, and posts until it is taken, as the widget
/// does.
///
/// Unchecked: only touched by the loop's thread.
final class BenchWriters: @unchecked Sendable {
  private let visitors: [BenchVisitor]
  private let heads: [[UInt8]]
  private let interval: Duration
  private let end: ContinuousClock.Instant
  private let isRunning: () -> Bool
  private let posts: BenchPosts
  private let loop: SocketLoop
  /// Whose turn is when, in the order of an interval.
  private var turns: [(visitor: Int, at: ContinuousClock.Instant)]
  private var next = 0
  /// Posts that were not taken yet.
  private var open = 0
  private var refused = 0
  private var onEnd: ((Int) -> Void)?

  /// How long a visitor whose post was refused waits.
  private static let patience = Duration.milliseconds(200)

  /// - Parameter length: how long they write from now on: each has one turn in every whole interval of it.
  init(
    visitors: [BenchVisitor], tokens: [String], path: String, interval: Duration,
    length: Duration, seed: UInt64, isRunning: @escaping () -> Bool, posts: BenchPosts,
    loop: SocketLoop
  ) {
    self.visitors = visitors
    self.interval = interval
    self.isRunning = isRunning
    self.posts = posts
    self.loop = loop
    heads = tokens.map { token in
      let lines = [
        "POST \(path) HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer \(token)",
        "Content-Type: application/json", "Content-Length: ",
      ]
      return Array(lines.joined(separator: "\r\n").utf8)
    }
    let now = ContinuousClock.now
    end = now + length
    var numbers = SeededNumbers(seed: seed)
    turns = visitors.indices.map { visitor in
      (visitor, now + interval * Double.random(in: 0..<1, using: &numbers))
    }
    .sorted { $0.at < $1.at }
  }

  /// - Parameter onEnd: told how often a post was refused, once all are taken.
  func begin(_ onEnd: @escaping (Int) -> Void) {
    self.onEnd = onEnd
    goOn()
  }

  /// Lets whose turn it is write, and waits for the next one.
  private func goOn() {
    guard onEnd != nil else { return }
    while turns[next].at < end, turns[next].at <= .now {
      open += 1
      post(turns[next].visitor)
      turns[next].at += interval
      next = (next + 1) % turns.count
    }
    if turns[next].at < end {
      loop.at(turns[next].at) { [self] in goOn() }
    } else {
      finish()
    }
  }

  private func post(_ visitor: Int) {
    let (message, id) = visitors[visitor].write(at: .now)
    let body = Array(#"{"id":"\#(id)","text":"\#(message.text)"}"#.utf8)
    send(heads[visitor] + Array("\(body.count)\r\n\r\n".utf8) + body)
  }

  private func send(_ request: [UInt8]) {
    posts.send(request) { [self] status in
      if status == 202 {
        open -= 1
        return finish()
      }
      guard onEnd != nil else { return }
      refused += 1
      // Whoever runs this says why.
      guard isRunning() else { return conclude() }
      loop.at(.now + Self.patience) { [self] in send(request) }
    }
  }

  private func finish() {
    if open == 0, turns[next].at >= end { conclude() }
  }

  private func conclude() {
    onEnd?(refused)
    onEnd = nil
  }
}
