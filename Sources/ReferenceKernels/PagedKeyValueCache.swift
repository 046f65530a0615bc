internal import CReferenceKernels
public import Quantities

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Keys and values of one layer in pages of 16 tokens, in FP32 or in FP8 E4M3 with one scale for K and one for V.
///
/// Memory is [blocks][kvHeads][K: headDim × 16 tokens | V: 16 tokens × headDim padded to 16]. Slot s is token s % 16 of block s / 16.
public final class PagedKeyValueCache {
  public enum Format: Hashable, Sendable {
    case float32
    /// Stored code · scale = value.
    case e4m3(keyScale: Float, valueScale: Float)
  }

  /// Tokens in a block.
  public static let blockSize = Int(RK_PAGE)

  public let blocks: Int
  public let kvHeads: Int
  public let headDim: Int
  public let format: Format
  let memory: UnsafeMutablePointer<UInt8>

  public init(blocks: Int, kvHeads: Int, headDim: Int, format: Format = .float32) {
    precondition(blocks > 0 && kvHeads > 0 && headDim > 0, "a cache of \(blocks) × \(kvHeads) × \(headDim)")
    self.blocks = blocks
    self.kvHeads = kvHeads
    self.headDim = headDim
    self.format = format
    let element = format == .float32 ? MemoryLayout<Float>.size : 1
    memory =
      alignedStorage(
        count: blocks * kvHeads * rk_kv_page_elements(headDim) * element, of: Float8E4M3.self
      ).bits
  }

  deinit { free(memory) }

  /// Bytes of one stored element.
  public var elementSize: Bytes { format == .float32 ? 4 : 1 }

  /// The C record of it, valid while the cache lives.
  var record: rk_kv_cache {
    switch format {
    case .float32:
      rk_kv_cache(data: memory, kv_heads: kvHeads, dim: headDim, fp8: false, k_scale: 1, v_scale: 1)
    case .e4m3(let keyScale, let valueScale):
      rk_kv_cache(
        data: memory, kv_heads: kvHeads, dim: headDim, fp8: true, k_scale: keyScale, v_scale: valueScale)
    }
  }

  private func element(slot: Int, head: Int, offset: Int) -> Float {
    let page = rk_kv_page_elements(headDim)
    let index = ((slot / Self.blockSize) * kvHeads + head) * page + offset
    switch format {
    case .float32:
      return UnsafeRawPointer(memory).assumingMemoryBound(to: Float.self)[index]
    case .e4m3:
      return PlainKernels.value(ofE4M3: memory[index])
    }
  }

  /// Element `i` of the key in a slot, as attention sees it. For tests and inspection: slow.
  public func key(slot: Int, head: Int, _ i: Int) -> Float {
    let stored = element(slot: slot, head: head, offset: i * Self.blockSize + slot % Self.blockSize)
    if case .e4m3(let scale, _) = format { return stored * scale }
    return stored
  }

  /// Element `i` of the value in a slot, as attention sees it. For tests and inspection: slow.
  public func value(slot: Int, head: Int, _ i: Int) -> Float {
    let padded = (headDim + 15) / 16 * 16
    let offset = Self.blockSize * headDim + slot % Self.blockSize * padded + i
    let stored = element(slot: slot, head: head, offset: offset)
    if case .e4m3(_, let scale) = format { return stored * scale }
    return stored
  }
}
