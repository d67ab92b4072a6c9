import Channels
import Contracts
import Foundation

/// Of an account whose provider refuses without saying whether the chat or the whole account sends too much.
extension SendPace {
  /// So many chats refused one after the other, with nothing taken between, are no coincidence.
  static let refusedChatsOfALimitedAccount = 3

  /// Notes that a message to a chat between two was refused, and says whether every other of the account would be as
  /// well. In a group it is the group that is limited, and nothing is asked here.
  ///
  /// - A chat to which we have just sent as much as it takes is what is limited.
  /// - Else it is the account, when we have sent more than half of what it takes at once, or when nothing was taken
  ///   between the refusals of several chats: someone else may send with the same token.
  /// - Else it is the chat.
  /// - Parameter chatPace: as it was when the message went.
  mutating func isLimited(
    refusing chat: ConversationID, _ limits: SendLimits, chatPace: SendPace?, now: Date
  ) -> Bool {
    if let rate = limits.chat, let chatPace, chatPace.use(rate, now: now) > 1 - 1 / rate.burst {
      return false
    }
    var chats = refused ?? []
    if !chats.contains(chat) { chats.append(chat) }
    refused = chats.suffix(Self.refusedChatsOfALimitedAccount)
    return chats.count >= Self.refusedChatsOfALimitedAccount || use(limits.account, now: now) > 0.5
  }

  /// Something of the account was taken.
  mutating func noteTaken() { refused = nil }
}
