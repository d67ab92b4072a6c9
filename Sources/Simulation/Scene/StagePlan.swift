import Contracts
import Foundation

/// How many processes work, and what they are asked.
struct StagePlan {
  struct Asked {
    let at: Duration
    let key: Int
    let order: Order
    /// Posted once more, by a provider that heard no answer.
    let isRepeated: Bool
  }

  let processes: Int
  let keys: Int
  let parksAlone: Bool
  let slowNumber: Int
  let asked: [Asked]

  init(_ numbers: inout SeededNumbers) {
    processes = Int.random(in: 1...3, using: &numbers)
    parksAlone = Bool.random(using: &numbers)
    slowNumber = Int.random(in: 0..<14, using: &numbers)
    let keys = Int.random(in: 1...8, using: &numbers)
    self.keys = keys
    let milliseconds = Int.random(in: 500...Trouble.lasts, using: &numbers)
    let hasPoison = numbers.chance(0.4)
    asked = (0..<Int.random(in: 3...16, using: &numbers)).map { number in
      Asked(
        at: numbers.duration(0...milliseconds), key: Int.random(in: 0..<keys, using: &numbers),
        order: Self.order(number, hasPoison: hasPoison, &numbers), isRepeated: numbers.chance(0.15))
    }
    .sorted { ($0.at, $0.order.number) < ($1.at, $1.order.number) }
  }

  /// Much that has to be tried again, by more than one process: an owner always has something that is due.
  init(contested numbers: inout SeededNumbers) {
    processes = Int.random(in: 2...3, using: &numbers)
    let keys = 6
    self.keys = keys
    parksAlone = false
    slowNumber = Int.random(in: 0..<14, using: &numbers)
    asked = (0..<Int.random(in: 8...14, using: &numbers)).map { number in
      var order = Order(number: number, kind: .plain)
      order.next = [Order(number: number * 10, kind: .call, failures: Int.random(in: 1...3, using: &numbers))]
      return Asked(
        at: numbers.duration(0...Trouble.lasts), key: Int.random(in: 0..<keys, using: &numbers), order: order,
        isRepeated: false)
    }
    .sorted { ($0.at, $0.order.number) < ($1.at, $1.order.number) }
  }

  private static func order(_ number: Int, hasPoison: Bool, _ numbers: inout SeededNumbers) -> Order {
    func plain(_ number: Int, _ numbers: inout SeededNumbers) -> Order {
      var kinds: [Order.Kind] = [.plain, .plain, .call, .call, .call, .timer]
      if hasPoison { kinds.append(.poison) }
      let kind = kinds[Int.random(in: 0..<kinds.count, using: &numbers)]
      return Order(
        number: number, kind: kind,
        failures: numbers.chance(0.3) ? Int.random(in: 1...3, using: &numbers) : 0,
        delay: kind == .timer ? Int.random(in: 10...Trouble.lasts, using: &numbers) : 0)
    }
    var order = plain(number, &numbers)
    order.next = (0..<(numbers.chance(0.2) ? 2 : 1)).map { plain(number * 10 + $0, &numbers) }
    return order
  }
}
