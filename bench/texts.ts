const WORDS =
  'the a of to and in that it is was for on you with as have but be they at not this which by from one all were we when your can said there use each she how their will other about out many then them these some would make like him into time has look two more write go see number way could people first been call who now find long morning coffee garden guitar travel budget meeting recipe doctor weekend birthday project deadline mountain because remember usually probably something together different question yesterday favourite restaurant'.split(
    ' ',
  );

/** Texts of 200 to 400 characters, the same ones in every run. */
export function texts(count: number, seed: number): string[] {
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: count }, (_, n) => {
    let text = '';
    const length = 200 + ((n * 37) % 201);
    while (text.length < length) text += `${WORDS[Math.floor(random() * WORDS.length)]!} `;
    return text.slice(0, length);
  });
}
