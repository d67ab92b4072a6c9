import Foundation
import Synchronization

/// What was last sealed or opened in this process, in clear: an event passes through many hands here, and the
/// turns of a conversation are wanted with every question.
///
/// A text is found only by who holds the very key that sealed or opened it, and only when every byte of the
/// sealed text is the same, so nothing that is destroyed or tampered with can be read that could not be without
/// this. At most `maximumBytes` are held: what was not used for half of that is dropped.
final class OpenedTexts: Sendable {
  static let shared = OpenedTexts(maximumBytes: 48 << 20)

  /// The 16 bytes of the tag and what else lies in the last 24 characters: all but unique.
  private struct Tail: Hashable {
    let words: (UInt64, UInt64, UInt64)

    init?(_ sealed: [UInt8]) {
      guard sealed.count >= 24 else { return nil }
      words = sealed.withUnsafeBytes { bytes in
        let start = bytes.count - 24
        return (
          bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
        )
      }
    }

    static func == (first: Tail, second: Tail) -> Bool { first.words == second.words }
    // A part of the tag is as good as random.
    func hash(into hasher: inout Hasher) { hasher.combine(words.1) }
  }

  fileprivate struct Entry {
    let sealed: [UInt8]
    let plaintext: [UInt8]
    let memory: KeyMemory

    var bytes: Int { sealed.count + plaintext.count + 128 }
  }

  private struct State {
    var young: [Tail: Entry] = [:]
    var old: [Tail: Entry] = [:]
    var youngBytes = 0
    var oldBytes = 0

    mutating func add(_ entry: Entry, at tail: Tail, half: Int) {
      if youngBytes + entry.bytes > half {
        (old, oldBytes) = (young, youngBytes)
        (young, youngBytes) = ([:], 0)
      }
      youngBytes += entry.bytes - (young.updateValue(entry, forKey: tail)?.bytes ?? 0)
    }
  }

  private let maximumBytes: Int
  private let state = Mutex(State())

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  var heldBytes: Int { state.withLock { $0.youngBytes + $0.oldBytes } }

  func plaintext(of sealed: [UInt8], under key: SealingKey) -> [UInt8]? {
    guard let tail = Tail(sealed) else { return nil }
    return state.withLock { state in
      if let entry = state.young[tail] { return entry.plaintext(of: sealed, key) }
      guard let entry = state.old[tail], let found = entry.plaintext(of: sealed, key) else { return nil }
      state.add(entry, at: tail, half: maximumBytes / 2)
      return found
    }
  }

  func note(_ plaintext: [UInt8], of sealed: [UInt8], under key: SealingKey) {
    let entry = Entry(sealed: sealed, plaintext: plaintext, memory: key.memory)
    guard let tail = Tail(sealed), entry.bytes <= maximumBytes / 16 else { return }
    state.withLock { $0.add(entry, at: tail, half: maximumBytes / 2) }
  }
}

extension OpenedTexts.Entry {
  fileprivate func plaintext(of sealed: [UInt8], _ key: SealingKey) -> [UInt8]? {
    memory === key.memory && self.sealed.isSame(as: sealed) ? plaintext : nil
  }
}

extension [UInt8] {
  /// As `==`, which goes byte by byte; not for empty ones.
  fileprivate func isSame(as other: [UInt8]) -> Bool {
    count == other.count
      && withUnsafeBytes { own in
        other.withUnsafeBytes { memcmp(own.baseAddress!, $0.baseAddress!, count) == 0 }
      }
  }
}
