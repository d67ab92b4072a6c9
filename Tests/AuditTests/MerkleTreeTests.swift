import Audit
import Keyring
import TestKit
import Testing

struct MerkleTreeTests {
  /// The leaves and roots that the tests of Certificate Transparency implementations share.
  private static let leaves: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], Array(0x40...0x43), Array(0x50...0x57),
    Array(0x60...0x6F),
  ]
  private static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  private static func numbered(_ count: Int) -> [MerkleHash] {
    (0..<count).map { MerkleTree.leaf([UInt8($0 >> 8), UInt8($0 & 255)]) }
  }

  @Test func rootsAreThoseOfCertificateTransparency() {
    for size in 0...8 {
      #expect(
        MerkleTree.root(Self.leaves.prefix(size).map { MerkleTree.leaf($0) }).description == Self.roots[size])
    }
  }

  @Test func anAuditPathIsThatOfCertificateTransparency() {
    let nodes = Self.leaves.map { MerkleTree.leaf($0) }
    #expect(
      MerkleTree.path(to: 0, in: nodes[...]).map(\.description) == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ])
  }

  @Test func everyPathOfEverySizeLeadsToTheRootAndNoOtherDoes() throws {
    for size in 1...40 {
      let nodes = Self.numbered(size)
      let root = MerkleTree.root(nodes)
      for index in nodes.indices {
        let path = MerkleTree.path(to: index, in: nodes[...])
        func found(_ path: [MerkleHash], at index: Int = index, of size: Int = size) -> MerkleHash? {
          MerkleTree.root(
            of: nodes[nodes.startIndex + min(index, nodes.count - 1)], index: Int64(index), size: Int64(size),
            path: path)
        }
        #expect(found(path) == root)
        #expect(found(path + [root]) != root)
        #expect(found(path, at: size) == nil)
        if !path.isEmpty {
          #expect(found(path.dropLast()) != root)
          for place in path.indices {
            var changed = path
            changed[place] = MerkleTree.node(path[place], root)
            #expect(found(changed) != root)
          }
        }
      }
    }
  }

  @Test func aTreeOfFullSubtreesIsTheTreeOfTheirLeaves() {
    for size in [0, 1, 7, 8, 9, 16, 24, 63, 64, 65] {
      let nodes = Self.numbered(size)
      var edge = MerkleEdge()
      for start in stride(from: 0, through: size - 8, by: 8) {
        edge.append(MerkleTree.root(nodes[start..<start + 8]), leaves: 8)
      }
      for node in nodes[(size / 8 * 8)...] { edge.append(node) }
      #expect(edge.root == MerkleTree.root(nodes))
      #expect(edge.size == Int64(size))
    }
  }
}
