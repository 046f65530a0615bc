/// The page's script: values beside the pointer, data tables opened for printing, and wide tables that the keyboard can scroll.
/// The page is whole without it.
enum PageScript {
  /// SHA-256 of ``text``, as the security policy names it; `make report-check` compares the two.
  static let hash = "sha256-9GhYc+pUOJc80o3nQg8ROp233iV4HG0eStBm9Xjb+8U="

  static let text = #"""
    (() => {
      const tip = document.getElementById('tip');
      let lit = null;
      const hide = () => { tip.hidden = true; if (lit) lit.classList.remove('on'); lit = null; };
      const number = (element, name) => Number(element.getAttribute(name));
      const near = 26;
      for (const group of document.querySelectorAll('svg .marks')) {
        const svg = group.ownerSVGElement;
        const marks = Array.from(group.children, (shape) => {
          const title = shape.firstElementChild, text = title.textContent;
          title.remove();
          return { shape, text };
        });
        const distance = ({ shape }, x, y, scale) => {
          if (shape.tagName === 'circle') return Math.hypot(number(shape, 'cx') - x, number(shape, 'cy') - y) * scale;
          const dx = x - number(shape, 'x'), dy = y - number(shape, 'y');
          return dx >= 0 && dy >= 0 && dx <= number(shape, 'width') && dy <= number(shape, 'height') ? 0 : Infinity;
        };
        const show = (event) => {
          const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
          const x = (event.clientX - box.left) / scale, y = (event.clientY - box.top) / scale;
          let best = null, least = near;
          for (const mark of marks) {
            const d = distance(mark, x, y, scale);
            if (d < least) { best = mark; least = d; }
          }
          if (!best) return hide();
          if (lit !== best.shape) {
            hide();
            lit = best.shape;
            lit.classList.add('on');
            tip.textContent = best.text;
            tip.hidden = false;
          }
          const place = lit.getBoundingClientRect(), size = tip.getBoundingClientRect();
          const middle = place.left + place.width / 2;
          tip.style.left = Math.max(4, Math.min(middle - size.width / 2, document.documentElement.clientWidth - size.width - 4)) + 'px';
          tip.style.top = (place.top - size.height - 8 < 4 ? place.bottom + 8 : place.top - size.height - 8) + 'px';
        };
        svg.addEventListener('pointermove', show);
        svg.addEventListener('pointerdown', show);
        svg.addEventListener('pointerleave', hide);
      }
      addEventListener('scroll', hide, { passive: true, capture: true });
      addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
      let opened = [];
      addEventListener('beforeprint', () => {
        opened = Array.from(document.querySelectorAll('details:not([open])'));
        for (const details of opened) details.open = true;
      });
      addEventListener('afterprint', () => { for (const details of opened) details.open = false; });
      const scrollers = document.querySelectorAll('.scroll, .drawing, pre');
      const reach = () => {
        for (const box of scrollers) {
          if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0; else box.removeAttribute('tabindex');
        }
      };
      reach();
      addEventListener('resize', reach);
      document.addEventListener('toggle', reach, true);
    })();
    """#
}
