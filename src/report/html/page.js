for (const section of document.querySelectorAll('.timeline')) {
  const [filter, input, output] = ['.filter', 'input', 'output'].map(name => section.querySelector(name))
  if (!input) continue
  const chunks = [...section.querySelectorAll('.chunk')].map(chunk => [chunk, [...chunk.querySelectorAll('tbody tr')].map(row => [row, row.textContent.toLowerCase()])])
  let waiting
  const show = () => {
    const wanted = input.value.toLowerCase()
    let count = 0
    for (const [chunk, rows] of chunks) {
      let some = false
      for (const [row, text] of rows) { row.hidden = !text.includes(wanted); if (!row.hidden) { some = true; count++ } }
      chunk.hidden = !some
    }
    output.textContent = wanted && `${count} events`
  }
  input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(show, 150) })
  filter.hidden = false
}
addEventListener('beforeprint', () => { for (const folded of document.querySelectorAll('details:not([open])')) { folded.open = true; folded.dataset.folded = '' } })
addEventListener('afterprint', () => { for (const folded of document.querySelectorAll('details[data-folded]')) folded.open = false })
const unfold = () => { const target = location.hash && document.getElementById(location.hash.slice(1)); for (let at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true; if (target) target.scrollIntoView() }
addEventListener('hashchange', unfold)
unfold()
