import Foundation
import JSON
import TestKit

/// A history of engines as `bench faults --history` writes it, of which what one partition holds can be made to be another:
/// messages as they stand in the log, or, in the last, replies as the channel took them.
struct PlantedHistory {
  private struct Run: Codable {
    let partition: Int32
    let offset: Int64
    var values: [Int]?
  }

  private struct Line: Codable {
    let time: Int64
    let process, type, f: String
    var value: Int?
    var key: String?
    var number: Int?
    var runs: [Run]?
    var fault: String?
    var error: String?

    /// Whether somebody was given something, or it was said to be there.
    var isReading: Bool { type == "ok" && (f == "poll" || f == "read") }
  }

  private var lines: [Line]

  init(_ text: String) throws {
    lines = try text.split(separator: "\n").map { try JSON.decode(Line.self, from: Array($0.utf8)) }
  }

  var text: String {
    get throws {
      try lines.map { String(decoding: try JSON.encode($0), as: UTF8.self) + "\n" }.joined()
    }
  }

  /// From 0 on; that of the channel is the last.
  var partitions: Int32 {
    1 + (lines.filter(\.isReading).flatMap { $0.runs ?? [] }.map(\.partition).max() ?? -1)
  }

  /// What is there in the end, in order.
  func held(_ partition: Int32) -> [Int] {
    lines.filter { $0.isReading && $0.f == "read" }.flatMap { $0.runs ?? [] }
      .filter { $0.partition == partition }.flatMap { $0.values ?? [] }
  }

  /// Whoever reads this partition is given `values`, and they are there in the end.
  private func with(_ partition: Int32, _ values: [Int]) throws -> PlantedHistory {
    var planted = self
    for work in ["poll", "read"] {
      let own = lines.indices.filter { index in
        lines[index].isReading && lines[index].f == work
          && (lines[index].runs ?? []).contains { $0.partition == partition }
      }
      guard let last = own.last else { throw TestSetupError("nobody was given partition \(partition)") }
      for index in own { planted.lines[index].runs?.removeAll { $0.partition == partition } }
      planted.lines[last].runs?.append(Run(partition: partition, offset: 0, values: values))
    }
    return planted
  }

  private func appends(_ type: String) -> [Line] { lines.filter { $0.f == "append" && $0.type == type } }

  /// By the kind that the checker has to find: one that was acknowledged is not there, one stands twice, and two of a key
  /// stand for each other.
  func planted(in partition: Int32) throws -> [(kind: String, history: PlantedHistory)] {
    let values = held(partition)
    let acknowledged = Set(appends("ok").compactMap(\.value))
    let keys = appends("invoke").reduce(into: [Int: String]()) { keys, append in
      if let value = append.value { keys[value] = append.key }
    }
    let pair = values.indices.lazy.compactMap { one in
      values.indices.dropFirst(one + 1).first { keys[values[$0]] == keys[values[one]] }.map { (one, $0) }
    }.first
    guard let gone = values.firstIndex(where: acknowledged.contains), let first = values.first, let pair
    else { throw TestSetupError("partition \(partition) holds too little: \(values.count)") }
    var (lost, misordered) = (values, values)
    lost.remove(at: gone)
    misordered.swapAt(pair.0, pair.1)
    return [
      ("lost", try with(partition, lost)), ("doubled", try with(partition, values + [first])),
      ("misordered", try with(partition, misordered)),
    ]
  }
}
